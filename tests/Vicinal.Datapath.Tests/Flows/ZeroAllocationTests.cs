using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Nat;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Flows;

/// <summary>A pause for garbage is latency for every guest of the node, so what runs per packet and per connection makes none.</summary>
public sealed class ZeroAllocationTests
{
    private static readonly IpAddress s_external = IpAddress.Parse("203.0.113.5");

    private readonly Generations _generations = new();
    private readonly ConnectionTracker _tracker = new(new ConnectionLimits { Total = 4096 }, 1);
    private readonly FlowCache _cache;
    private readonly SourceNatAllocator _allocator;
    private readonly PacketBuffer _packet = new();
    private readonly byte[] _frame = PacketBuilder.Udp(TrackerHarness.Forward, 40000, 53, new byte[22]);
    private readonly uint _slot;

    public ZeroAllocationTests()
    {
        _cache = new FlowCache(4096, _generations, _tracker, 2);
        _allocator = new SourceNatAllocator(_tracker, 3);
        _slot = _generations.Allocate();
    }

    [Fact]
    public void A_packet_of_a_cached_flow_allocates_nothing()
    {
        int missed = 0;
        Open(1, 0);
        AllocatedBy(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                missed += Forward(i) ? 0 : 1;
            }
        }).ShouldBe(0);
        missed.ShouldBe(0);
    }

    [Fact]
    public void Opening_using_and_forgetting_connections_allocates_nothing_once_warm()
    {
        long now = 0;
        AllocatedBy(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                Open((ushort)i, now += 100);
                _cache.Sweep(now, 16);
                _tracker.Expire(now, 16);
            }
        }).ShouldBe(0);
    }

    private static long AllocatedBy(Action action)
    {
        // The first rounds compile the code and let tables reach their size.
        for (int i = 0; i < 3; i++)
        {
            action();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private void Open(ushort number, long now)
    {
        PacketHeaders.Parse(_frame, out PacketHeaders h);
        h.SourcePort = number;
        _ = ConnectionTuple.TryFrom(in h, out ConnectionTuple tuple);
        if (!_allocator.TryFind(1, in tuple, s_external, out ConnectionTuple reply))
        {
            return;
        }

        CommitInfo info = new(Project: 1);
        ConnectionHandle handle = _tracker.Commit(1, in tuple, in reply, in info, now, out _);
        _tracker.Note(handle, false, in h, _frame, now);
        PacketHeaders after = h;
        after.Source = s_external;
        after.SourcePort = reply.DestinationPort;
        after.Ttl--;
        FlowOutput output = FlowOutput.Tunnel(Encapsulation.Geneve, IpAddress.FromIpv4(1), 7, 1, 2, 1442);
        FlowAction action = FlowActions.FromDifference(in h, in after, in output);
        _ = action.TryAdd(handle, false);
        _ = action.TryAdd(_generations.Stamp(_slot));
        FlowInput input = new(FlowInputKind.LocalPort, 1);
        _ = FlowKey.TryFrom(in h, in input, out FlowKey key);
        _ = _cache.Insert(in key, in action, now);
    }

    private bool Forward(long now)
    {
        _packet.CopyFrom(_frame);
        PacketHeaders.Parse(_packet.Span, out PacketHeaders h);
        h.SourcePort = 1;
        FlowInput input = new(FlowInputKind.LocalPort, 1);
        _ = FlowKey.TryFrom(in h, in input, out FlowKey key);
        int slot = _cache.Find(in key);
        if (slot == FlowCache.NotFound || !_cache.IsFresh(slot, now) || !_cache[slot].Action.Admits(in h, in _packet.Offload))
        {
            return false;
        }

        Executor.Execute(in _cache[slot].Action, _packet, in h);
        _cache.NoteUse(slot, 1, h.L3Length, now);
        return true;
    }
}

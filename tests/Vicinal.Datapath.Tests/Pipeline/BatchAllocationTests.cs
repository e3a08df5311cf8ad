using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class BatchAllocationTests : IPacketOutput
{
    private readonly PacketBuffer[] _batch = [.. Enumerable.Range(0, 100).Select(_ => new PacketBuffer(PacketBuffer.Headroom + 256))];
    private readonly List<byte[]> _tunnelled = [];
    private Node? _node;
    private int _sent;

    [Fact]
    public void A_batch_of_cached_packets_allocates_nothing_from_a_port_nor_from_a_tunnel()
    {
        SimCloud cloud = new();
        SimNode c1 = cloud.AddNode("c1");
        SimNode c2 = cloud.AddNode("c2");
        Guid open = cloud.AddAllowAllGroup();
        SegmentRow network = cloud.AddNetwork();
        SimPort a = cloud.AddPort(network, c1, [open], "10.0.1.5/24");
        SimPort b = cloud.AddPort(network, c2, [open], "10.0.1.6/24");
        byte[][] frames = [.. Enumerable.Range(0, _batch.Length).Select(i =>
            PacketBuilder.Udp(new FrameEnds(a.Mac, b.Mac, a.Address, b.Address), (ushort)(5000 + i), 53, new byte[18]))];

        Start(cloud, "c1", a.Id);
        AllocatedBy(PacketSource.LocalPort(1), frames).ShouldBe(0);
        byte[][] tunnelled = [.. _tunnelled.TakeLast(_batch.Length)];
        Start(cloud, "c2", b.Id);
        AllocatedBy(PacketSource.Tunnel(c1.Settings.TunnelAddress, 0), tunnelled).ShouldBe(0);
    }

    void IPacketOutput.ToPort(int device, PacketBuffer packet) => _sent++;

    void IPacketOutput.ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos)
    {
        _sent++;
        if (_tunnelled.Count < _batch.Length)
        {
            _tunnelled.Add(packet.Span.ToArray());
        }
    }

    void IPacketOutput.ToPhysical(int index, PacketBuffer packet)
    {
    }

    void IPacketOutput.ToHost(int index, PacketBuffer packet)
    {
    }

    /// <summary>A node of its own, whose outputs are only counted.</summary>
    private void Start(SimCloud cloud, string host, Guid port)
    {
        SimNode twin = cloud.Fabric.Nodes.Single(n => n.Host == host);
        _node = new Node(twin.Settings, this);
        _node.Apply([.. cloud.Rows.Select(r => new RowChange(r.Unit, r.Key, r))], 0);
        _node.AttachPort(port, 1);
        _sent = 0;
    }

    private long AllocatedBy(PacketSource source, byte[][] frames)
    {
        // The first rounds open the connections, cache the flows and compile the code.
        for (int i = 0; i < 5; i++)
        {
            Send(source, frames);
        }

        long hits = _node!.Counters.CacheHits;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Send(source, frames);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        (_node.Counters.CacheHits - hits).ShouldBe(frames.Length);
        _sent.ShouldBe(frames.Length * 6);
        return allocated;
    }

    private void Send(in PacketSource source, byte[][] frames)
    {
        for (int i = 0; i < frames.Length; i++)
        {
            _batch[i].CopyFrom(frames[i]);
        }

        _node!.ReceiveBatch(in source, _batch, 1000);
    }
}

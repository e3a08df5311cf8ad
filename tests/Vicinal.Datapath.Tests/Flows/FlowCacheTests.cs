using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Flows;

public sealed class FlowCacheTests
{
    private readonly Generations _generations = new();
    private readonly ConnectionTracker _tracker = new(new ConnectionLimits { Total = 256 }, 1);
    private readonly FlowCache _cache;

    public FlowCacheTests() => _cache = new FlowCache(64, _generations, _tracker, 5);

    [Fact]
    public void What_is_put_in_is_found_by_its_key_alone_and_gone_when_removed()
    {
        int slot = _cache.Insert(Key(1), Action(7), 0);
        _cache.Find(Key(1)).ShouldBe(slot);
        _cache[slot].Action.OutputIndex.ShouldBe(7u);
        _cache.Find(Key(2)).ShouldBe(FlowCache.NotFound);
        _cache.Remove(slot);
        _cache.Find(Key(1)).ShouldBe(FlowCache.NotFound);
        _cache.Count.ShouldBe(0);
    }

    [Fact]
    public void A_new_decision_takes_the_place_of_the_old_one()
    {
        _cache.Insert(Key(1), Action(7), 0);
        _cache.Insert(Key(1), Action(8), 0);
        _cache.Count.ShouldBe(1);
        _cache[_cache.Find(Key(1))].Action.OutputIndex.ShouldBe(8u);
    }

    [Fact]
    public void A_flow_that_is_not_worth_anothers_place_stays_out_of_a_full_cache_and_may_replace_itself()
    {
        for (uint i = 0; i < 1000; i++)
        {
            _cache.Insert(Key(i), Action(1), 0, mayEvict: false);
        }

        (_cache.Evicted, _cache.HasSpareRoom).ShouldBe((0, false));
        uint[] kept = [.. Enumerable.Range(0, 1000).Select(i => (uint)i).Where(i => _cache.Find(Key(i)) != FlowCache.NotFound)];
        kept.Length.ShouldBe(_cache.Count);
        kept[0].ShouldBe(0u);
        _cache.Insert(Key(1001), Action(1), 0).ShouldNotBe(FlowCache.NotFound);
        (_cache.Evicted, _cache.Count).ShouldBe((1, kept.Length));
        uint there = kept.First(i => _cache.Find(Key(i)) != FlowCache.NotFound);
        _cache.Insert(Key(there), Action(2), 0, mayEvict: false).ShouldNotBe(FlowCache.NotFound);
        _cache[_cache.Find(Key(there))].Action.OutputIndex.ShouldBe(2u);
        (_cache.Evicted, _cache.Count).ShouldBe((1, kept.Length));
    }

    [Fact]
    public void A_bump_of_one_generation_makes_just_the_flows_that_rest_on_it_stale()
    {
        uint port = _generations.Allocate();
        uint router = _generations.Allocate();
        int onPort = _cache.Insert(Key(1), Action(1, _generations.Stamp(port)), 0);
        int onBoth = _cache.Insert(Key(2), Action(1, _generations.Stamp(port), _generations.Stamp(router)), 0);
        _cache.IsFresh(onPort, 0).ShouldBeTrue();
        _cache.IsFresh(onBoth, 0).ShouldBeTrue();
        _generations.Bump(router);
        _cache.IsFresh(onPort, 0).ShouldBeTrue();
        _cache.IsFresh(onBoth, 0).ShouldBeFalse();
        _generations.Bump(port);
        _cache.IsFresh(onPort, 0).ShouldBeFalse();
    }

    [Fact]
    public void A_slot_given_to_another_makes_no_old_flow_fresh_again()
    {
        uint slot = _generations.Allocate();
        int flow = _cache.Insert(Key(1), Action(1, _generations.Stamp(slot)), 0);
        _generations.Free(slot);
        _generations.Allocate().ShouldBe(slot);
        _cache.IsFresh(flow, 0).ShouldBeFalse();
    }

    [Fact]
    public void An_entry_with_a_deadline_is_void_from_then_on()
    {
        int slot = _cache.Insert(Key(1), Action(1) with { Deadline = 500 }, 0);
        _cache.IsFresh(slot, 499).ShouldBeTrue();
        _cache.IsFresh(slot, 500).ShouldBeFalse();
    }

    [Fact]
    public void A_port_that_goes_takes_its_flows_along_and_no_others()
    {
        for (uint i = 0; i < 10; i++)
        {
            _cache.Insert(Key(i, port: i % 2), Action(1), 0);
        }

        _cache.RemoveInput(FlowInputKind.LocalPort, 1);
        _cache.Count.ShouldBe(5);
        _cache.Slots().Select(slot => _cache[slot].Key.InputIndex).Distinct().ShouldBe([0u]);
        _cache.RemoveInput(FlowInputKind.LocalPort, 1);
        _cache.RemoveInput(FlowInputKind.Tunnel, 0);
        _cache.Count.ShouldBe(5);
    }

    [Fact]
    public void A_connection_that_goes_takes_all_its_flows_along()
    {
        ConnectionHandle first = Connection(1);
        ConnectionHandle second = Connection(2);
        _cache.Insert(Key(1), With(Action(1), first, second), 0);
        _cache.Insert(Key(2), With(Action(1), second), 0);
        _cache.Insert(Key(3), With(Action(1), first), 0);
        _tracker.Remove(second);
        _cache.Slots().Select(slot => _cache[slot].Key.SourcePort).ShouldBe([(ushort)3]);
        _tracker.RemoveZone(TrackerHarness.Zone);
        _cache.Count.ShouldBe(0);
    }

    [Fact]
    public void A_flow_of_a_connection_that_is_gone_or_not_settled_is_not_cached()
    {
        ConnectionHandle gone = Connection(1);
        _tracker.Remove(gone);
        _cache.Insert(Key(1), With(Action(1), gone), 0).ShouldBe(FlowCache.NotFound);
        ConnectionTuple tcp = new(TrackerHarness.Forward.Source, TrackerHarness.Forward.Destination, 1, 2, IpProtocol.Tcp);
        ConnectionHandle opening = _tracker.Commit(TrackerHarness.Zone, in tcp, tcp.Reversed, default, 0, out _);
        _cache.Insert(Key(1), With(Action(1), opening), 0).ShouldBe(FlowCache.NotFound);
    }

    [Fact]
    public void Traffic_by_the_cache_keeps_the_connection_alive_and_is_told_to_it()
    {
        ConnectionHandle connection = Connection(1);
        int slot = _cache.Insert(Key(1), With(Action(1), connection), 0);
        for (int second = 1; second < 100; second++)
        {
            long now = second * 1000;
            _cache.NoteUse(slot, 2, 300, now);
            _tracker.Expire(now, 100);
            _tracker.IsLive(connection).ShouldBeTrue();
        }

        _cache.Sweep(99_000, 64).ShouldBe(0);
        _tracker[connection].OriginalPackets.ShouldBe(198);
        _tracker[connection].OriginalBytes.ShouldBe(29_700);
        _cache.NoteUse(slot, 1, 100, 99_500);
        _tracker.Expire(131_000, 100);
        _tracker.IsLive(connection).ShouldBeFalse();
        _cache.Count.ShouldBe(0);
    }

    [Fact]
    public void The_sweep_removes_the_idle_and_the_void_and_keeps_the_busy()
    {
        uint port = _generations.Allocate();
        int busy = _cache.Insert(Key(1), Action(1), 0);
        _cache.Insert(Key(2), Action(1), 0);
        _cache.Insert(Key(3), Action(1, _generations.Stamp(port)), 60_000);
        _cache.Insert(Key(4), Action(1) with { Deadline = 61_000 }, 60_000);
        _cache.NoteUse(busy, 1, 1, 60_000);
        _generations.Bump(port);
        _cache.Sweep(62_000, 1000).ShouldBe(3);
        _cache.Slots().ShouldBe([busy]);
    }

    [Fact]
    public void A_full_cache_evicts_old_entries_and_never_grows()
    {
        for (uint i = 0; i < 1000; i++)
        {
            _cache.Insert(Key(i), Action(1), i).ShouldNotBe(FlowCache.NotFound);
            _cache.Find(Key(i)).ShouldNotBe(FlowCache.NotFound);
        }

        _cache.Count.ShouldBeLessThanOrEqualTo(64);
        _cache.Evicted.ShouldBeGreaterThanOrEqualTo(936);
        _cache.Slots().Average(_cache.LastUsed).ShouldBeGreaterThan(800);
    }

    [Fact]
    public void Remembered_drops_cannot_push_the_flows_out()
    {
        for (uint i = 0; i < 40; i++)
        {
            _cache.Insert(Key(i), Action(1), 0);
        }

        PacketHeaders h = TrackerHarness.Parse(TrackerHarness.Udp(TrackerHarness.Forward));
        int remembered = 0;
        for (uint i = 100; i < 1100; i++)
        {
            FlowAction drop = FlowActions.Drop(in h, DropReason.FilterIngress, 1000);
            remembered += _cache.Insert(Key(i), drop, 0) == FlowCache.NotFound ? 0 : 1;
        }

        remembered.ShouldBe(8);
        for (uint i = 0; i < 40; i++)
        {
            _cache.Find(Key(i)).ShouldNotBe(FlowCache.NotFound);
        }
    }

    [Fact]
    public void A_batch_finds_what_single_look_ups_find_until_something_changes()
    {
        for (uint i = 0; i < 40; i += 2)
        {
            _cache.Insert(Key(i), Action(i), 0);
        }

        FlowKey[] keys = [.. Enumerable.Range(0, 40).Select(i => Key((uint)i))];
        int[] slots = new int[40];
        uint changes = _cache.Changes;
        _cache.Find(keys, slots);
        slots.ShouldBe(keys.Select(key => _cache.Find(in key)));
        _cache.Changes.ShouldBe(changes);
        _cache.Remove(slots[0]);
        _cache.Changes.ShouldNotBe(changes);
        changes = _cache.Changes;
        _cache.Insert(Key(1), Action(1), 0);
        _cache.Changes.ShouldNotBe(changes);
    }

    internal static FlowKey Key(uint number, uint port = 0) => new()
    {
        InputKind = FlowInputKind.LocalPort,
        InputIndex = port,
        Source = TrackerHarness.Forward.Source,
        Destination = TrackerHarness.Forward.Destination,
        SourcePort = (ushort)number,
        DestinationPort = (ushort)(number >> 16),
        EtherType = EtherType.Ipv4,
        Protocol = IpProtocol.Udp,
    };

    internal static FlowAction Action(uint output, params ReadOnlySpan<GenerationStamp> stamps)
    {
        FlowAction action = new() { OutputKind = FlowOutputKind.Port, OutputIndex = output };
        foreach (GenerationStamp stamp in stamps)
        {
            action.TryAdd(stamp).ShouldBeTrue();
        }

        return action;
    }

    private static FlowAction With(FlowAction action, params ReadOnlySpan<ConnectionHandle> connections)
    {
        foreach (ConnectionHandle connection in connections)
        {
            action.TryAdd(connection, false).ShouldBeTrue();
        }

        return action;
    }

    private ConnectionHandle Connection(ushort port)
    {
        ConnectionTuple tuple = new(TrackerHarness.Forward.Source, TrackerHarness.Forward.Destination, port, 53, IpProtocol.Udp);
        return _tracker.Commit(TrackerHarness.Zone, in tuple, tuple.Reversed, default, 0, out _);
    }
}

using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Flows;

/// <summary>What the cache tells its mirror, and what it makes of the mirror's counts.</summary>
public sealed class FlowMirrorTests
{
    private readonly MapMirror _mirror = new();
    private readonly Generations _generations;
    private readonly ConnectionTracker _tracker = new(new ConnectionLimits { Total = 256 }, 1);
    private readonly FlowCache _cache;

    public FlowMirrorTests()
    {
        _generations = new Generations(firstSlot: 1000, mirror: _mirror);
        _cache = new FlowCache(64, _generations, _tracker, 5, _mirror);
    }

    [Fact]
    public void A_flow_is_mirrored_as_long_as_it_is_cached()
    {
        int slot = _cache.Insert(FlowCacheTests.Key(1), FlowCacheTests.Action(7), 0);
        _cache[slot].IsMirrored.ShouldBeTrue();
        _mirror.Flows[FlowCacheTests.Key(1)].Slot.ShouldBe(slot);
        _mirror.Flows[FlowCacheTests.Key(1)].Action.OutputIndex.ShouldBe(7u);
        _cache.Remove(slot);
        _mirror.Flows.ShouldBeEmpty();
    }

    [Fact]
    public void A_new_decision_replaces_the_old_one_with_no_gap_between()
    {
        int slot = _cache.Insert(FlowCacheTests.Key(1), FlowCacheTests.Action(7), 0);
        _cache.Insert(FlowCacheTests.Key(1), FlowCacheTests.Action(8), 0).ShouldBe(slot);
        _mirror.Log.ShouldBe([$"put {slot}", $"put {slot}"]);
        _mirror.Flows[FlowCacheTests.Key(1)].Action.OutputIndex.ShouldBe(8u);
    }

    [Fact]
    public void A_new_decision_that_is_not_for_the_mirror_ends_the_old_one_there()
    {
        _cache.Insert(FlowCacheTests.Key(1), FlowCacheTests.Action(7), 0);
        _cache.Insert(FlowCacheTests.Key(1), FlowCacheTests.Action(7) with { OutputKind = FlowOutputKind.Host }, 0);
        _mirror.Flows.ShouldBeEmpty();
        _cache.Count.ShouldBe(1);
    }

    [Fact]
    public void What_meets_the_hosts_own_stack_is_not_mirrored()
    {
        _cache.Insert(FlowCacheTests.Key(1) with { InputKind = FlowInputKind.Host }, FlowCacheTests.Action(7), 0);
        _cache.Insert(FlowCacheTests.Key(2), FlowCacheTests.Action(7) with { OutputKind = FlowOutputKind.Host }, 0);
        _mirror.Flows.ShouldBeEmpty();
        _cache.Clear();
        _mirror.Log.ShouldBeEmpty();
    }

    [Fact]
    public void A_bump_is_told_before_the_new_decision_and_voids_the_old_one_at_once()
    {
        uint port = _generations.Allocate();
        port.ShouldBeGreaterThanOrEqualTo(1000u);
        int slot = _cache.Insert(FlowCacheTests.Key(1), FlowCacheTests.Action(1, _generations.Stamp(port)), 0);
        _mirror.Replays(FlowCacheTests.Key(1)).ShouldBeTrue();
        _generations.Bump(port);
        _mirror.Replays(FlowCacheTests.Key(1)).ShouldBeFalse();
        _cache.Insert(FlowCacheTests.Key(1), FlowCacheTests.Action(1, _generations.Stamp(port)), 0);
        _mirror.Replays(FlowCacheTests.Key(1)).ShouldBeTrue();
        _mirror.Log.ShouldBe([$"generation {port} 0", $"put {slot}", $"generation {port} 1", $"put {slot}"]);
    }

    [Fact]
    public void A_slot_is_told_to_the_mirror_when_it_gets_a_new_tenant()
    {
        uint slot = _generations.Allocate();
        _generations.Free(slot);
        _mirror.SetGeneration(slot, 77);
        _generations.Allocate().ShouldBe(slot);
        _mirror.GenerationOf(slot).ShouldBe(_generations.Stamp(slot).Value);
    }

    [Fact]
    public void What_the_mirror_has_no_room_for_is_offered_again_while_it_is_used()
    {
        _mirror.Room = 1;
        int first = _cache.Insert(FlowCacheTests.Key(1), FlowCacheTests.Action(1), 0);
        int second = _cache.Insert(FlowCacheTests.Key(2), FlowCacheTests.Action(1), 0);
        _cache[second].IsMirrored.ShouldBeFalse();
        _cache.NoteUse(second, 1, 100, 10);
        _cache.Remove(first);
        _cache.Sweep(20, 64);
        _cache[second].IsMirrored.ShouldBeTrue();
        _mirror.Replays(FlowCacheTests.Key(2)).ShouldBeTrue();
    }

    [Fact]
    public void Everything_that_leaves_a_full_cache_leaves_the_mirror()
    {
        for (uint i = 0; i < 1000; i++)
        {
            _cache.Insert(FlowCacheTests.Key(i), FlowCacheTests.Action(1), i);
        }

        _mirror.Flows.Keys.OrderBy(k => k.SourcePort).ShouldBe(_cache.Slots().Select(s => _cache[s].Key).OrderBy(k => k.SourcePort));
    }

    [Fact]
    public void A_flow_used_only_in_the_mirror_lives_on_and_its_connection_counts_its_packets()
    {
        ConnectionHandle connection = Connection();
        FlowAction action = FlowCacheTests.Action(1);
        action.TryAdd(connection, false).ShouldBeTrue();
        FlowKey key = FlowCacheTests.Key(1);
        int slot = _cache.Insert(in key, in action, 0);
        for (int second = 1; second <= 300; second++)
        {
            long now = second * 1000;
            if (second % 2 == 0)
            {
                _cache.NoteMirrored(slot, in key, 10, 1000, now - 5).ShouldBeTrue();
                _cache.NoteMirrorRound(now);
            }

            _tracker.Expire(now, 100);
            _cache.Sweep(now, 64);
        }

        _cache.Find(in key).ShouldBe(slot);
        _cache[slot].Packets.ShouldBe(1500);
        _tracker[connection].OriginalPackets.ShouldBe(1500);
        _tracker[connection].OriginalBytes.ShouldBe(150_000);
        _tracker[connection].LastSeen.ShouldBe(299_995);
        for (int second = 301; second <= 400; second++)
        {
            _cache.NoteMirrorRound(second * 1000);
            _tracker.Expire(second * 1000, 100);
            _cache.Sweep(second * 1000, 64);
        }

        _tracker.IsLive(connection).ShouldBeFalse();
        _mirror.Flows.ShouldBeEmpty();
    }

    [Fact]
    public void A_connection_is_not_forgotten_before_the_mirror_has_told_what_passed()
    {
        ConnectionHandle connection = Connection();
        FlowAction action = FlowCacheTests.Action(1);
        action.TryAdd(connection, false).ShouldBeTrue();
        FlowKey key = FlowCacheTests.Key(1);
        int slot = _cache.Insert(in key, in action, 0);
        _cache.NoteMirrorRound(0);

        // UDP's 30 s are over, and the report is late: the agent was stopped for a while.
        _tracker.Expire(45_000, 100);
        _tracker.IsLive(connection).ShouldBeTrue();
        _cache.NoteMirrored(slot, in key, 1, 100, 40_000).ShouldBeTrue();
        _cache.NoteMirrorRound(45_000);
        _tracker.Expire(69_000, 100);
        _tracker.IsLive(connection).ShouldBeTrue();
        _cache.NoteMirrorRound(70_000);
        _tracker.Expire(71_000, 100);
        _tracker.IsLive(connection).ShouldBeFalse();
    }

    [Fact]
    public void Counts_for_a_slot_that_is_anothers_by_now_are_ignored()
    {
        FlowKey old = FlowCacheTests.Key(1);
        int slot = _cache.Insert(in old, FlowCacheTests.Action(1), 0);
        _cache.Remove(slot);
        _cache.NoteMirrored(slot, in old, 1, 100, 10).ShouldBeFalse();
        _cache.Insert(FlowCacheTests.Key(2), FlowCacheTests.Action(1), 0).ShouldBe(slot);
        _cache.NoteMirrored(slot, in old, 1, 100, 10).ShouldBeFalse();
        _cache.NoteMirrored(-1, in old, 1, 100, 10).ShouldBeFalse();
        _cache.NoteMirrored(64, in old, 1, 100, 10).ShouldBeFalse();
        _cache[slot].Packets.ShouldBe(0);
    }

    private ConnectionHandle Connection()
    {
        ConnectionTuple tuple = new(TrackerHarness.Forward.Source, TrackerHarness.Forward.Destination, 1, 53, IpProtocol.Udp);
        return _tracker.Commit(TrackerHarness.Zone, in tuple, tuple.Reversed, default, 0, out DropReason _);
    }
}

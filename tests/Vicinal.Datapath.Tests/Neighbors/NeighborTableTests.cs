using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Fragments;
using Vicinal.Datapath.Neighbors;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Neighbors;

public sealed class NeighborTableTests
{
    private const uint Segment = 4;

    private static readonly IpAddress s_gateway = IpAddress.Parse("203.0.113.1");
    private static readonly MacAddress s_mac = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly MacAddress s_other = MacAddress.Parse("02:00:00:00:00:02");
    private static readonly NeighborAsker s_asker = new(MacAddress.Parse("02:00:00:00:00:99"), IpAddress.Parse("203.0.113.5"));
    private static readonly PacketSource s_source = PacketSource.LocalPort(3);

    private readonly Generations _generations = new();
    private readonly PacketPool _pool = new();
    private readonly NeighborEffects _effects = new();
    private readonly NeighborTable _table;
    private long _now = 1_000_000;

    public NeighborTableTests() => _table = new NeighborTable(
        new NeighborLimits { Entries = 64, EntriesPerSegment = 32, HeldPerEntry = 3, Held = 40 }, _generations, _pool);

    [Fact]
    public void The_first_packet_waits_while_its_neighbour_is_asked_by_all_and_goes_when_the_answer_comes()
    {
        Hold(1).ShouldBe(DropReason.None);
        Look().State.ShouldBe(NeighborState.Incomplete);
        Step();
        _effects.Solicitations.ShouldBe([new Solicitation(Segment, s_gateway, s_asker, MacAddress.Zero)]);
        Learn(s_mac, solicited: true).ShouldBeTrue();
        Step();
        _effects.Freed.Select(held => held.Packet.Span[0]).ShouldBe([(byte)1]);
        _effects.Freed[0].Source.ShouldBe(s_source);
        _effects.Freed[0].NextHop.ShouldBe(s_gateway);
        Look().State.ShouldBe(NeighborState.Reachable);
        Look().Mac.ShouldBe(s_mac);
        _table.HeldCount.ShouldBe(0);
        ReleaseAll();
        _pool.BytesOut.ShouldBe(0);
    }

    [Fact]
    public void A_neighbour_that_does_not_answer_is_asked_three_times_and_then_left_in_peace_for_a_while()
    {
        Hold(1);
        List<long> asked = [];
        for (long start = _now; _now < start + 6000; _now += 50)
        {
            Step();
            asked.AddRange(_effects.Solicitations.Select(_ => _now - start));
            if (_effects.Failed.Count > 0)
            {
                break;
            }
        }

        asked.ShouldBe([0L, 250, 1250]);
        _effects.Failed.Count.ShouldBe(1);
        ReleaseAll();
        Look().State.ShouldBe(NeighborState.Failed);
        Hold(2).ShouldBe(DropReason.NoNeighbor);
        Step();
        _effects.IsEmpty.ShouldBeTrue();
        _now += 2000;
        Step();
        Look().State.ShouldBe(NeighborState.Unknown);
        Hold(3).ShouldBe(DropReason.None);
        _table.Count.ShouldBe(1);
    }

    [Fact]
    public void Nobody_enters_the_table_unasked()
    {
        Learn(s_mac, solicited: true).ShouldBeFalse();
        Learn(s_mac, solicited: false).ShouldBeFalse();
        _table.Count.ShouldBe(0);
    }

    [Fact]
    public void An_unsolicited_word_of_a_known_neighbour_moves_it_and_makes_its_flows_stale()
    {
        Resolve();
        GenerationStamp stamp = _generations.Stamp(Look().Slot);
        Learn(s_mac, solicited: false);
        _generations.Holds(stamp).ShouldBeTrue();
        Learn(s_other, solicited: false).ShouldBeTrue();
        _generations.Holds(stamp).ShouldBeFalse();
        Look().ShouldBe(new NeighborVerdict(NeighborState.Stale, s_other, stamp.Slot));
    }

    [Fact]
    public void A_moved_neighbour_is_asked_by_unicast_with_its_first_packet()
    {
        Resolve();
        Learn(s_other, solicited: false);
        _table.Use(Segment, s_gateway, in s_asker, _now);
        Step();
        _effects.Solicitations.ShouldBe([new Solicitation(Segment, s_gateway, s_asker, s_other)]);
        Learn(s_other, solicited: true);
        Look().State.ShouldBe(NeighborState.Reachable);
    }

    [Fact]
    public void An_advertisement_without_override_does_not_take_an_address_but_raises_doubt()
    {
        Resolve();
        _table.Learn(Segment, s_gateway, s_other, solicited: false, overrides: false, _now).ShouldBeTrue();
        Look().State.ShouldBe(NeighborState.Stale);
        Look().Mac.ShouldBe(s_mac);
        _table.Learn(Segment, s_gateway, s_other, solicited: false, overrides: false, _now).ShouldBeFalse();
    }

    [Fact]
    public void After_its_time_a_neighbour_in_use_is_verified_without_an_interruption()
    {
        Resolve();
        GenerationStamp stamp = _generations.Stamp(Look().Slot);
        _now += 30_000;
        Step();
        Look().State.ShouldBe(NeighborState.Stale);
        _generations.Holds(stamp).ShouldBeFalse("cached flows have to say that they are in use");
        Look().IsUsable.ShouldBeTrue();
        _table.Use(Segment, s_gateway, in s_asker, _now);
        Step();
        _effects.Solicitations.Single().Destination.ShouldBe(s_mac);
        Look().IsUsable.ShouldBeTrue();
        Learn(s_mac, solicited: true);
        Look().State.ShouldBe(NeighborState.Reachable);
    }

    [Fact]
    public void A_neighbour_in_use_that_vanished_is_asked_by_all_before_it_is_given_up()
    {
        Resolve();
        _now += 30_000;
        Step();
        _table.Use(Segment, s_gateway, in s_asker, _now);
        List<MacAddress> asked = [];
        for (int i = 0; i < 200 && Look().State != NeighborState.Failed; i++, _now += 50)
        {
            Step();
            asked.AddRange(_effects.Solicitations.Select(question => question.Destination));
        }

        asked.ShouldBe([s_mac, s_mac, s_mac, MacAddress.Zero, MacAddress.Zero, MacAddress.Zero]);
    }

    [Fact]
    public void A_neighbour_that_nobody_uses_is_forgotten_in_silence()
    {
        Resolve();
        _now += 30_000;
        Step();
        _now += 300_000;
        Step();
        _effects.IsEmpty.ShouldBeTrue();
        _table.Count.ShouldBe(0);
        _table.NextDue.ShouldBe(long.MaxValue);
    }

    [Fact]
    public void Of_many_packets_to_one_neighbour_the_newest_few_wait()
    {
        for (byte i = 1; i <= 10; i++)
        {
            Hold(i).ShouldBe(DropReason.None);
        }

        _table.Overflowed.ShouldBe(7);
        Learn(s_mac, solicited: true);
        Step();
        _effects.Freed.Select(held => held.Packet.Span[0]).ShouldBe([(byte)8, 9, 10]);
        ReleaseAll();
        _pool.BytesOut.ShouldBe(0);
    }

    [Fact]
    public void A_scan_of_one_network_is_bounded_and_leaves_room_for_the_others()
    {
        int refused = 0;
        for (uint i = 0; i < 1000; i++)
        {
            refused += _table.Hold(Segment, IpAddress.FromIpv4(i + 1), in s_asker, in s_source, Packet(1), _now) == DropReason.NeighborQueueFull ? 1 : 0;
        }

        refused.ShouldBe(1000 - 32);
        _table.Hold(Segment + 1, s_gateway, in s_asker, in s_source, Packet(1), _now).ShouldBe(DropReason.None);

        // When the scanned addresses have failed, one of them makes room.
        for (int i = 0; i < 60; i++, _now += 50)
        {
            Step();
            ReleaseAll();
        }

        Hold(1).ShouldBe(DropReason.None);
        _table.All().Count(entry => entry.Segment == Segment).ShouldBe(32);
    }

    [Fact]
    public void The_number_of_waiting_packets_is_bounded_over_all()
    {
        int held = 0;
        for (uint i = 0; i < 20; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                held += _table.Hold(i % 2, IpAddress.FromIpv4(i + 1), in s_asker, in s_source, Packet(1), _now) == DropReason.None ? 1 : 0;
            }
        }

        held.ShouldBe(40);
        _table.HeldCount.ShouldBe(40);
    }

    [Fact]
    public void A_segment_that_goes_gives_its_waiting_packets_up()
    {
        Hold(1);
        _table.Hold(Segment + 1, s_gateway, in s_asker, in s_source, Packet(2), _now);
        _table.RemoveSegment(Segment);
        Step();
        _effects.Failed.Select(held => held.Packet.Span[0]).ShouldBe([(byte)1]);
        _table.Count.ShouldBe(1);
        _effects.Solicitations.ShouldHaveSingleItem().Segment.ShouldBe(Segment + 1);
    }

    [Fact]
    public void A_multicast_or_zero_mac_is_nobodys()
    {
        Hold(1);
        Learn(MacAddress.Broadcast, solicited: true).ShouldBeFalse();
        Learn(MacAddress.Zero, solicited: true).ShouldBeFalse();
        Look().State.ShouldBe(NeighborState.Incomplete);
    }

    [Fact]
    public void Any_sequence_keeps_the_bounds_and_loses_no_packet() => Seeds.Run(30, random =>
    {
        PacketPool pool = new();
        NeighborTable table = new(
            new NeighborLimits { Entries = 12, EntriesPerSegment = 8, HeldPerEntry = 2, Held = 15 }, new Generations(), pool);
        NeighborEffects effects = new();
        long now = 0;
        int waiting = 0;
        for (int step = 0; step < 5000; step++)
        {
            uint segment = (uint)random.Next(3);
            IpAddress address = IpAddress.FromIpv4((uint)random.Next(1, 12));
            long overflowed = table.Overflowed;
            switch (random.Next(8))
            {
                case 0 or 1 or 2:
                    waiting += table.Hold(segment, address, in s_asker, in s_source, Packet(1), now) == DropReason.None ? 1 : 0;
                    break;
                case 3:
                    table.Learn(segment, address, new MacAddress((ulong)random.Next(1, 4) * 2), random.Next(2) == 0, random.Next(2) == 0, now);
                    break;
                case 4:
                    table.Use(segment, address, in s_asker, now);
                    break;
                case 5 when random.Next(50) == 0:
                    table.RemoveSegment(segment);
                    break;
                default:
                    now += random.Next(1, random.Next(10) == 0 ? 400_000 : 600);
                    break;
            }

            waiting -= (int)(table.Overflowed - overflowed);
            effects.Clear();
            table.Step(now, effects);
            table.NextDue.ShouldBeGreaterThan(now);
            foreach (HeldPacket held in effects.Freed.Concat(effects.Failed))
            {
                table.Release(held.Packet);
                waiting--;
            }

            table.HeldCount.ShouldBe(waiting);
            table.HeldCount.ShouldBeLessThanOrEqualTo(15);
            table.Count.ShouldBeLessThanOrEqualTo(12);
            pool.BytesOut.ShouldBe(waiting * 2048);
        }
    });

    private static PacketBuffer Packet(byte mark)
    {
        PacketBuffer packet = new(512);
        packet.CopyFrom([mark, 0, 0, 0]);
        return packet;
    }

    private DropReason Hold(byte mark) => _table.Hold(Segment, s_gateway, in s_asker, in s_source, Packet(mark), _now);

    private NeighborVerdict Look() => _table.Look(Segment, s_gateway);

    private bool Learn(MacAddress mac, bool solicited) => _table.Learn(Segment, s_gateway, mac, solicited, overrides: true, _now);

    private void Step()
    {
        _effects.Clear();
        _table.Step(_now, _effects);
    }

    private void Resolve()
    {
        Hold(1);
        Step();
        Learn(s_mac, solicited: true);
        Step();
        ReleaseAll();
    }

    private void ReleaseAll()
    {
        foreach (HeldPacket held in _effects.Freed.Concat(_effects.Failed))
        {
            _table.Release(held.Packet);
        }

        _effects.Clear();
    }
}

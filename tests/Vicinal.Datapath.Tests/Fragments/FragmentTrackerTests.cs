using Vicinal.Datapath.Fragments;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;
using static Vicinal.Datapath.Tests.Connections.TrackerHarness;

namespace Vicinal.Datapath.Tests.Fragments;

public sealed class FragmentTrackerTests
{
    private const uint Port = 3;

    private readonly PacketPool _pool = new();
    private readonly FragmentTracker _tracker;

    public FragmentTrackerTests() => _tracker = new FragmentTracker(
        new FragmentLimits { Datagrams = 20, DatagramsPerSource = 10, Bytes = 1 << 20, BytesPerSource = 1 << 18 }, _pool);

    [Fact]
    public void Fragments_in_any_order_make_the_packet_that_was_cut_in_both_families() => Seeds.Run(150, random =>
    {
        bool v4 = random.Next(2) == 0;
        byte[] packet = PacketBuilder.Udp(v4 ? Forward : Forward6, 1, 2, Noise(random, random.Next(1600, 9000)));
        if (random.Next(3) == 0)
        {
            packet = PacketBuilder.Tagged(packet, new VlanTag(3, false, 77));
        }

        List<byte[]> fragments = Cut(packet, random.Next(1280, 1600), (uint)random.Next(65536));
        byte[][] shuffled = [.. fragments];
        random.Shuffle(shuffled);
        for (int i = 0; i < shuffled.Length; i++)
        {
            FragmentVerdict verdict = Add(shuffled[i]);
            verdict.Outcome.ShouldBe(i == shuffled.Length - 1 ? FragmentOutcome.Whole : FragmentOutcome.Held);
            if (verdict.Whole is { } whole)
            {
                ShouldBeThePacket(whole.Span, packet);
                verdict.LargestFragment.ShouldBe(fragments.Max(fragment => TrackerHarness.Parse(fragment).L3Length));
                _tracker.Release(whole);
            }
        }

        _tracker.Count.ShouldBe(0);
        _tracker.Bytes.ShouldBe(0);
        _pool.BytesOut.ShouldBe(0);
    });

    [Fact]
    public void A_whole_packet_has_room_in_front_for_a_tunnel()
    {
        List<byte[]> fragments = Cut(PacketBuilder.Udp(Forward6, 1, 2, new byte[4000]), 1400, 5);
        FragmentVerdict verdict = fragments.ConvertAll(fragment => Add(fragment))[^1];
        verdict.Whole!.Start.ShouldBeGreaterThan(128);
        verdict.FragmentId.ShouldBe(5u);
    }

    [Fact]
    public void A_repeated_fragment_does_no_harm()
    {
        List<byte[]> fragments = Cut(PacketBuilder.Udp(Forward, 1, 2, new byte[4000]), 1400, 5);
        Add(fragments[1]).Outcome.ShouldBe(FragmentOutcome.Held);
        Add(fragments[1]).Outcome.ShouldBe(FragmentOutcome.Held);
        Add(fragments[0]).Outcome.ShouldBe(FragmentOutcome.Held);
        Add(fragments[0]).Outcome.ShouldBe(FragmentOutcome.Held);
        Add(fragments[2]).Outcome.ShouldBe(FragmentOutcome.Whole);
    }

    [Fact]
    public void An_overlap_condemns_the_datagram_with_all_that_is_still_to_come_of_it()
    {
        foreach (FrameEnds ends in (FrameEnds[])[Forward, Forward6])
        {
            byte[] packet = PacketBuilder.Udp(ends, 1, 2, new byte[4000]);
            List<byte[]> fragments = Cut(packet, 1400, 9);
            List<byte[]> otherCut = Cut(packet, 1296, 9);
            Add(fragments[0]).Outcome.ShouldBe(FragmentOutcome.Held);
            Add(otherCut[1]).ShouldBe(FragmentVerdict.Dropped(DropReason.Malformed));
            Add(fragments[1]).Outcome.ShouldBe(FragmentOutcome.Dropped);
            Add(fragments[2]).Outcome.ShouldBe(FragmentOutcome.Dropped);
        }

        _pool.BytesOut.ShouldBe(0);
    }

    [Fact]
    public void A_repeated_fragment_with_other_contents_condemns_it_too()
    {
        List<byte[]> fragments = Cut(PacketBuilder.Udp(Forward, 1, 2, new byte[4000]), 1400, 5);
        Add(fragments[1]);
        byte[] forged = (byte[])fragments[1].Clone();
        forged[^1] ^= 1;
        Add(forged).Outcome.ShouldBe(FragmentOutcome.Dropped);
        Add(fragments[0]).Outcome.ShouldBe(FragmentOutcome.Dropped);
    }

    [Fact]
    public void Two_last_fragments_or_data_behind_the_last_one_condemn_it()
    {
        byte[] packet = PacketBuilder.Udp(Forward, 1, 2, new byte[4000]);
        List<byte[]> fragments = Cut(packet, 1400, 5);
        byte[] shorterLast = Cut(PacketBuilder.Udp(Forward, 1, 2, new byte[2000]), 1400, 5)[^1];
        Add(fragments[2]).Outcome.ShouldBe(FragmentOutcome.Held);
        Add(shorterLast).Outcome.ShouldBe(FragmentOutcome.Dropped);

        List<byte[]> others = Cut(packet, 1400, 6);
        byte[] others2 = Cut(PacketBuilder.Udp(Forward, 1, 2, new byte[2000]), 1400, 6)[^1];
        Add(others2).Outcome.ShouldBe(FragmentOutcome.Held);
        Add(others[2]).Outcome.ShouldBe(FragmentOutcome.Dropped);
    }

    [Fact]
    public void An_ipv6_packet_in_a_single_fragment_is_whole_at_once()
    {
        byte[] packet = PacketBuilder.Udp(Forward6, 1, 2, new byte[100]);
        byte[] atomic = new byte[packet.Length + 8];
        packet.AsSpan(0, 54).CopyTo(atomic);
        packet.AsSpan(54).CopyTo(atomic.AsSpan(62));
        atomic[18 + 1] += 8;
        atomic[20] = IpProtocol.Ipv6Fragment;
        atomic[54] = IpProtocol.Udp;
        FragmentVerdict verdict = Add(atomic);
        verdict.Outcome.ShouldBe(FragmentOutcome.Whole);
        ShouldBeThePacket(verdict.Whole!.Span, packet);
    }

    [Fact]
    public void Extension_headers_before_and_after_the_fragment_header_keep_their_places()
    {
        byte[] packet = WithExtensions(PacketBuilder.Udp(Forward6, 1, 2, new byte[3000]));
        List<byte[]> fragments = Cut(packet, 1300, 5);
        fragments.Count.ShouldBe(3);
        fragments.Reverse();
        FragmentVerdict verdict = fragments.ConvertAll(fragment => Add(fragment))[^1];
        verdict.Outcome.ShouldBe(FragmentOutcome.Whole);
        ShouldBeThePacket(verdict.Whole!.Span, packet);
    }

    [Fact]
    public void One_sender_cannot_complete_or_spoil_anothers_datagram()
    {
        List<byte[]> fragments = Cut(PacketBuilder.Udp(Forward, 1, 2, new byte[2000]), 1400, 5);
        Add(fragments[0], source: 1).Outcome.ShouldBe(FragmentOutcome.Held);
        Add(fragments[1], source: 2).Outcome.ShouldBe(FragmentOutcome.Held);
        Add(fragments[1], source: 1).Outcome.ShouldBe(FragmentOutcome.Whole);
    }

    [Fact]
    public void A_sender_of_fragments_without_an_end_loses_its_own_oldest_and_takes_nothing_from_others()
    {
        List<byte[]> honest = Cut(PacketBuilder.Udp(Forward, 1, 2, new byte[2000]), 1400, 5);
        Add(honest[0], source: 1);
        for (uint id = 0; id < 1000; id++)
        {
            Add(Cut(PacketBuilder.Udp(Forward, 1, 2, new byte[2000]), 1400, id)[0], source: 2);
        }

        _tracker.Count.ShouldBe(11);
        Add(honest[1], source: 1).Outcome.ShouldBe(FragmentOutcome.Whole);
    }

    [Fact]
    public void Memory_is_bounded_whatever_offsets_are_sent()
    {
        for (uint id = 0; id < 100; id++)
        {
            Add(Cut(PacketBuilder.Udp(Forward, 1, 2, new byte[60000]), 1400, id)[^1], source: id % 5);
        }

        _tracker.Bytes.ShouldBeLessThanOrEqualTo(1 << 20);
        _pool.BytesOut.ShouldBe(_tracker.Bytes);
        for (uint source = 0; source < 5; source++)
        {
            _tracker.RemoveSource(source);
        }

        _tracker.Count.ShouldBe(0);
        _pool.BytesOut.ShouldBe(0);
    }

    [Fact]
    public void What_stays_incomplete_is_given_up_after_its_time_and_counted()
    {
        List<byte[]> fragments = Cut(PacketBuilder.Udp(Forward, 1, 2, new byte[2000]), 1400, 5);
        Add(fragments[0], now: 1000);
        _tracker.Expire(30_999).ShouldBe(0);
        _tracker.Expire(31_000).ShouldBe(1);
        Add(fragments[1], now: 31_001).Outcome.ShouldBe(FragmentOutcome.Held);
    }

    [Fact]
    public void A_congestion_mark_on_one_fragment_marks_the_whole()
    {
        byte[] packet = PacketBuilder.Udp(Forward, 1, 2, new byte[2000]);
        PacketHeaders h = TrackerHarness.Parse(packet);
        HeaderRewrite.SetTrafficClass(packet, ref h, 2);
        List<byte[]> fragments = Cut(packet, 1400, 5);
        PacketHeaders last = TrackerHarness.Parse(fragments[1]);
        HeaderRewrite.SetTrafficClass(fragments[1], ref last, 3);
        Add(fragments[0]);
        FragmentVerdict verdict = Add(fragments[1]);
        PacketHeaders whole = TrackerHarness.Parse(verdict.Whole!.Span.ToArray());
        whole.TrafficClass.ShouldBe((byte)3);
    }

    [Theory]
    [InlineData(65_515, FragmentOutcome.Whole)]
    [InlineData(65_516, FragmentOutcome.Dropped)]
    public void A_datagram_that_would_be_longer_than_any_packet_is_refused(int length, FragmentOutcome expected)
    {
        const int Step = 1384;
        FragmentVerdict verdict = default;
        for (int offset = 0; offset < length; offset += Step)
        {
            int part = Math.Min(Step, length - offset);
            byte[] frame = PacketBuilder.Ip(in Forward, IpProtocol.Gre, part, 64, out _);
            new Ipv4Header
            {
                TotalLength = (ushort)(Ipv4Header.Size + part),
                Id = 5,
                MoreFragments = offset + part < length,
                FragmentOffset = (ushort)offset,
                Ttl = 64,
                Protocol = IpProtocol.Gre,
                Source = Forward.Source,
                Destination = Forward.Destination,
            }.Write(frame.AsSpan(EthernetHeader.Size));
            verdict = Add(frame);
        }

        verdict.Outcome.ShouldBe(expected);
    }

    [Fact]
    public void Whole_packets_and_garbage_never_throw() => Seeds.Run(300, random =>
    {
        byte[] packet = PacketBuilder.Udp(random.Next(2) == 0 ? Forward : Forward6, 1, 2, Noise(random, 2000));
        byte[] frame = Cut(packet, 1300, 1)[random.Next(2)];
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            frame[random.Next(14, frame.Length)] = (byte)random.Next(256);
        }

        PacketBuffer buffer = new();
        buffer.CopyFrom(frame);
        if (PacketHeaders.Parse(frame, out PacketHeaders h) == ParseResult.Ok && _tracker.Add(Port, in h, buffer, 0).Whole is { } whole)
        {
            _tracker.Release(whole);
        }
    });

    internal static List<byte[]> Cut(byte[] packet, int mtu, uint id)
    {
        PacketHeaders h = TrackerHarness.Parse(packet);
        byte[] target = new byte[(packet.Length * 3 / 2) + 10_000];
        h.FragmentId = id;
        SegmentRun run = h.IsIpv4
            ? Ipv4Fragmenter.Write(packet, in h, mtu, 0, target)
            : Ipv6Fragmenter.Write(packet, in h, mtu, id, 0, target);
        run.Remaining.ShouldBe(0);
        return [.. Enumerable.Range(0, run.Count).Select(i => run.Frame(target, 0, i).ToArray())];
    }

    /// <summary>A hop-by-hop header in front, and destination options behind it.</summary>
    private static byte[] WithExtensions(byte[] packet)
    {
        byte[] extended = [.. packet[..54], IpProtocol.Ipv6DestinationOptions, 0, 1, 4, 0, 0, 0, 0, packet[20], 0, 1, 4, 0, 0, 0, 0, .. packet[54..]];
        extended[20] = IpProtocol.HopByHop;
        int length = extended.Length - 54;
        extended[18] = (byte)(length >> 8);
        extended[19] = (byte)length;
        return extended;
    }

    private static byte[] Noise(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void ShouldBeThePacket(ReadOnlySpan<byte> whole, byte[] packet)
    {
        byte[] copy = whole.ToArray();
        PacketHeaders h = TrackerHarness.Parse(copy);
        Checksum.IsTransportRight(copy, in h).ShouldBeTrue();
        if (h.IsIpv4)
        {
            // The identification stands in the fragments only by the test's choice.
            copy[h.L3Offset + 4] = copy[h.L3Offset + 5] = copy[h.L3Offset + 10] = copy[h.L3Offset + 11] = 0;
            packet = (byte[])packet.Clone();
            packet[h.L3Offset + 4] = packet[h.L3Offset + 5] = packet[h.L3Offset + 10] = packet[h.L3Offset + 11] = 0;
        }

        copy.ShouldBe(packet);
    }

    private FragmentVerdict Add(byte[] fragment, uint source = Port, long now = 0)
    {
        PacketBuffer buffer = new();
        buffer.CopyFrom(fragment);
        return _tracker.Add(source, TrackerHarness.Parse(fragment), buffer, now);
    }
}

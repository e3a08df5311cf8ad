using System.Buffers.Binary;

namespace Vicinal.Packets.Tests;

public sealed class OffloadTests
{
    private static readonly byte[] Timestamps = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];

    [Fact]
    public void A_super_packet_becomes_mss_sized_segments_that_are_right_by_themselves() => Property.Holds(120, random =>
    {
        int reserve = random.Next(0, 80);
        PacketBuffer super = SuperPacket(random, TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Fin | TcpFlags.Cwr | TcpFlags.Ece, out byte[] payload);
        PacketHeaders h = Frames.Parsed(super.Span);
        int mss = super.Offload.GsoSize;
        byte[] target = new byte[200_000];
        SegmentRun run = TcpSegmenter.Write(super, in h, reserve, target);
        run.Remaining.ShouldBe(0);
        run.Count.ShouldBe((payload.Length + mss - 1) / mss);
        run.TotalBytes.ShouldBe((run.Count * (reserve + h.PayloadOffset)) + payload.Length);
        for (int i = 0; i < run.Count; i++)
        {
            Span<byte> segment = run.Frame(target, reserve, i);
            PacketHeaders s = Frames.Parsed(segment);
            s.End.ShouldBe(segment.Length);
            Checksum.IsTransportRight(segment, in s).ShouldBeTrue();
            segment[s.PayloadOffset..].ToArray().ShouldBe(payload.AsSpan(i * mss, s.PayloadLength).ToArray());
            TcpHeader.TryRead(segment[s.L4Offset..], out TcpHeader tcp).ShouldBeTrue();
            tcp.Sequence.ShouldBe(unchecked(4_294_967_000u + (uint)(i * mss)));
            bool last = i == run.Count - 1;
            tcp.Flags.ShouldBe(TcpFlags.Ack | TcpFlags.Ece | (i == 0 ? TcpFlags.Cwr : 0) | (last ? TcpFlags.Psh | TcpFlags.Fin : 0));
            s.PayloadLength.ShouldBe(last ? payload.Length - (i * mss) : mss);
            s.FragmentId.ShouldBe(h.IsIpv4 ? (ushort)(65530 + i) : 0u);
        }
    });

    [Fact]
    public void Segmentation_into_a_small_target_goes_on_where_it_stopped()
    {
        PacketBuffer super = SuperPacket(new Random(3), TcpFlags.Ack | TcpFlags.Psh, out _);
        PacketHeaders h = Frames.Parsed(super.Span);
        byte[] all = new byte[200_000];
        SegmentRun whole = TcpSegmenter.Write(super, in h, 50, all);
        byte[] target = new byte[whole.Stride * 3];
        List<byte> pieces = [];
        int next = 0;
        SegmentRun run;
        do
        {
            run = TcpSegmenter.Write(super, in h, 50, target, next);
            run.Count.ShouldBeGreaterThan(0);
            next += run.Count;
            pieces.AddRange(target.AsSpan(0, run.TotalBytes));
        }
        while (run.Remaining > 0);

        next.ShouldBe(whole.Count);
        pieces.ToArray().ShouldBe(all[..whole.TotalBytes]);
        TcpSegmenter.Write(super, in h, 50, new byte[10]).Count.ShouldBe(0);
    }

    [Fact]
    public void Segments_coalesce_into_the_super_packet_that_they_came_from() => Property.Holds(120, random =>
    {
        PacketBuffer super = SuperPacket(random, TcpFlags.Ack | TcpFlags.Psh, out byte[] payload);
        PacketHeaders h = Frames.Parsed(super.Span);
        PacketBuffer[] batch = Segments(super, in h);
        ReceiveCoalescer coalescer = new(batch.Length);
        coalescer.Merge(batch).ShouldBe(1);
        if (payload.Length <= super.Offload.GsoSize)
        {
            // A single segment has nothing to be merged with and keeps its finished checksum.
            Checksum.Finish(super);
            super.Offload = default;
        }

        batch[0].Span.ToArray().ShouldBe(super.Span.ToArray());
        batch[0].Offload.ShouldBe(super.Offload);
    });

    [Fact]
    public void Two_interleaved_flows_each_become_one_packet()
    {
        PacketBuffer a = SuperPacket(Frames.V4, 9000, 1000, TcpFlags.Ack);
        PacketBuffer b = SuperPacket(Frames.V6, 9000, 1000, TcpFlags.Ack);
        PacketBuffer[] batch = [.. Segments(a, Frames.Parsed(a.Span)).Zip(Segments(b, Frames.Parsed(b.Span))).SelectMany(p => new[] { p.First, p.Second })];
        PacketBuffer[] before = [.. batch];
        new ReceiveCoalescer(64).Merge(batch).ShouldBe(2);
        batch[0].Span.ToArray().ShouldBe(a.Span.ToArray());
        batch[1].Span.ToArray().ShouldBe(b.Span.ToArray());
        batch.ShouldBe(before, ignoreOrder: true);
    }

    public static TheoryData<string, Action<byte[]>> Differences => new()
    {
        { "sequence gap", f => f[38 + 3]++ },
        { "acknowledgment", f => f[42 + 3]++ },
        { "window", f => f[48]++ },
        { "SYN", f => f[47] |= (byte)TcpFlags.Syn },
        { "RST", f => f[47] |= (byte)TcpFlags.Rst },
        { "URG", f => f[47] |= (byte)TcpFlags.Urg },
        { "ECE", f => f[47] |= (byte)TcpFlags.Ece },
        { "CWR", f => f[47] |= (byte)TcpFlags.Cwr },
        { "no ACK", f => f[47] = 0 },
        { "an option's value", f => f[65]++ },
        { "source MAC", f => f[11]++ },
        { "ECN", f => f[15] |= 3 },
        { "TTL", f => f[22]-- },
        { "identification", f => f[19] += 7 },
        { "DF", f => f[20] |= 0x40 },
        { "destination port", f => f[37]++ },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void A_segment_that_differs_is_not_merged(string what, Action<byte[]> change)
    {
        PacketBuffer super = SuperPacket(Frames.V4, 3000, 1000, TcpFlags.Ack);
        PacketBuffer[] batch = Segments(super, Frames.Parsed(super.Span));
        byte[] changed = batch[1].Span.ToArray();
        change(changed);
        changed.AsSpan(24, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(changed.AsSpan(24), Checksum.Compute(changed.AsSpan(14, 20)));
        PacketHeaders h = Frames.Parsed(changed);
        Checksum.WriteTransport(changed, in h);
        batch[1].CopyFrom(changed);
        byte[][] before = [.. batch.Select(p => p.Span.ToArray())];
        new ReceiveCoalescer(8).Merge(batch).ShouldBe(3, what);
        batch.Select(p => p.Span.ToArray()).ShouldBe(before);
    }

    [Fact]
    public void A_segment_with_a_wrong_checksum_is_passed_on_for_its_receiver_to_judge()
    {
        PacketBuffer super = SuperPacket(Frames.V4, 3000, 1000, TcpFlags.Ack);
        PacketBuffer[] batch = Segments(super, Frames.Parsed(super.Span));
        batch[1].Span[^1] ^= 1;
        new ReceiveCoalescer(8).Merge(batch).ShouldBe(3);
    }

    [Fact]
    public void Nothing_is_merged_behind_a_push_or_a_short_segment()
    {
        PacketBuffer super = SuperPacket(Frames.V4, 2500, 1000, TcpFlags.Ack | TcpFlags.Psh);
        PacketHeaders h = Frames.Parsed(super.Span);
        PacketBuffer[] first = Segments(super, in h);
        PacketBuffer next = new();
        next.CopyFrom(PacketBuilder.Tcp(in Frames.V4, Frames.Segment() with { Sequence = unchecked(4_294_967_000u + 2500) }, new byte[500], options: Timestamps));
        PacketBuffer[] batch = [.. first, next];
        new ReceiveCoalescer(8).Merge(batch).ShouldBe(2);
        batch[0].Length.ShouldBe(super.Length);
    }

    [Fact]
    public void No_super_packet_outgrows_the_ip_length_field()
    {
        List<PacketBuffer> batch = [];
        for (int i = 0; i < 60; i++)
        {
            PacketBuffer packet = new();
            packet.CopyFrom(PacketBuilder.Tcp(in Frames.V4, Frames.Segment(sequence: (uint)(i * 1400)), new byte[1400]));
            packet.Span[20] = 0x40;
            packet.Span.Slice(24, 2).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(packet.Span[24..], Checksum.Compute(packet.Span.Slice(14, 20)));
            batch.Add(packet);
        }

        PacketBuffer[] buffers = [.. batch];
        int kept = new ReceiveCoalescer(64).Merge(buffers);
        kept.ShouldBe(2);
        Frames.Parsed(buffers[0].Span).PayloadLength.ShouldBe(46 * 1400);
        buffers.Take(kept).Sum(p => Frames.Parsed(p.Span).PayloadLength).ShouldBe(60 * 1400);
    }

    [Fact]
    public void A_udp_super_packet_becomes_datagrams_of_their_own() => Property.Holds(100, random =>
    {
        FrameEnds ends = random.Ends();
        byte[] payload = random.Bytes(random.Next(1, 9000));
        PacketBuffer super = ChecksumTests.Partial(PacketBuilder.Udp(in ends, 5000, 443, payload));
        super.Offload.Gso = GsoType.UdpL4;
        super.Offload.GsoSize = (ushort)random.Next(100, 1400);
        PacketHeaders h = Frames.Parsed(super.Span);
        byte[] target = new byte[100_000];
        SegmentRun run = UdpSegmenter.Write(super, in h, 16, target);
        List<byte> together = [];
        for (int i = 0; i < run.Count; i++)
        {
            Span<byte> datagram = run.Frame(target, 16, i);
            PacketHeaders d = Frames.Parsed(datagram);
            Checksum.IsTransportRight(datagram, in d).ShouldBeTrue();
            UdpHeader.TryRead(datagram[d.L4Offset..], out UdpHeader udp).ShouldBeTrue();
            udp.Length.ShouldBe((ushort)(8 + d.PayloadLength));
            together.AddRange(datagram[d.PayloadOffset..]);
        }

        together.ToArray().ShouldBe(payload);
    });

    [Fact]
    public void What_its_offload_does_not_describe_is_not_cut()
    {
        byte[] target = new byte[70_000];
        PacketBuffer udp = new();
        udp.CopyFrom(PacketBuilder.Udp(in Frames.V4, 1, 2, new byte[3000]));
        udp.Offload = new Offload { Gso = GsoType.TcpV4, GsoSize = 1000 };
        TcpSegmenter.Write(udp, Frames.Parsed(udp.Span), 0, target).Count.ShouldBe(0);
        PacketBuffer tcp = SuperPacket(Frames.V4, 3000, 1, TcpFlags.Ack);
        TcpSegmenter.Write(tcp, Frames.Parsed(tcp.Span), 0, target).Count.ShouldBe(0);
        tcp.Offload.GsoSize = 0;
        TcpSegmenter.Write(tcp, Frames.Parsed(tcp.Span), 0, target).Count.ShouldBe(0);
        UdpSegmenter.Write(tcp, Frames.Parsed(tcp.Span), 0, target).Count.ShouldBe(0);
    }

    private static PacketBuffer SuperPacket(Random random, TcpFlags flags, out byte[] payload)
    {
        FrameEnds ends = random.Ends();
        payload = random.Bytes(random.Next(1, 60000));
        return SuperPacket(ends, payload, random.Next(500, 1461), flags);
    }

    private static PacketBuffer SuperPacket(FrameEnds ends, int payload, int mss, TcpFlags flags) =>
        SuperPacket(ends, new byte[payload], mss, flags);

    private static PacketBuffer SuperPacket(FrameEnds ends, byte[] payload, int mss, TcpFlags flags)
    {
        byte[] frame = PacketBuilder.Tcp(in ends, Frames.Segment(flags, 4_294_967_000u), payload, options: Timestamps);
        if (ends.Source.IsIpv4)
        {
            // An identification that wraps, so that counting up has to wrap too.
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(18), 65530);
            frame.AsSpan(24, 2).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), Checksum.Compute(frame.AsSpan(14, 20)));
        }

        PacketBuffer packet = ChecksumTests.Partial(frame);
        packet.Offload.Gso = ends.Source.IsIpv4 ? GsoType.TcpV4 : GsoType.TcpV6;
        packet.Offload.GsoSize = (ushort)mss;
        packet.Offload.HeaderLength = Frames.Parsed(frame).PayloadOffset;
        return packet;
    }

    private static PacketBuffer[] Segments(PacketBuffer super, in PacketHeaders h)
    {
        byte[] target = new byte[200_000];
        SegmentRun run = TcpSegmenter.Write(super, in h, 0, target);
        PacketBuffer[] segments = new PacketBuffer[run.Count];
        for (int i = 0; i < run.Count; i++)
        {
            segments[i] = new PacketBuffer();
            segments[i].CopyFrom(run.Frame(target, 0, i));
        }

        return segments;
    }
}

using System.Buffers.Binary;

namespace Vicinal.Packets.Tests;

public sealed class TunnelSegmenterTests
{
    [Fact]
    public void A_tunnel_super_packet_of_tcp_becomes_packets_that_are_right_in_both_layers() => Property.Holds(200, random =>
    {
        TunnelFrame tunnel = TunnelFrame.Any(random, IpProtocol.Tcp);
        List<byte> together = [];
        foreach ((int i, byte[] piece) in Cut(tunnel.Packet).Index())
        {
            byte[] frame = ExpectSound(tunnel, piece, i, out PacketHeaders inner);
            TcpHeader.TryRead(frame.AsSpan(inner.L4Offset), out TcpHeader tcp).ShouldBeTrue();
            tcp.Sequence.ShouldBe(unchecked(TunnelFrame.Sequence + (uint)together.Count));
            together.AddRange(frame[inner.PayloadOffset..]);
            bool last = together.Count == tunnel.Payload.Length;
            tcp.Flags.ShouldBe(TcpFlags.Ack | (i == 0 ? TcpFlags.Cwr : 0) | (last ? TcpFlags.Psh | TcpFlags.Fin : 0));
            (last || inner.PayloadLength == tunnel.Packet.Offload.GsoSize).ShouldBeTrue();
        }

        together.ToArray().ShouldBe(tunnel.Payload);
    });

    [Fact]
    public void A_tunnel_super_packet_of_udp_becomes_datagrams_that_are_right_in_both_layers() => Property.Holds(200, random =>
    {
        TunnelFrame tunnel = TunnelFrame.Any(random, IpProtocol.Udp);
        List<byte> together = [];
        foreach ((int i, byte[] piece) in Cut(tunnel.Packet).Index())
        {
            byte[] frame = ExpectSound(tunnel, piece, i, out PacketHeaders inner);
            UdpHeader.TryRead(frame.AsSpan(inner.L4Offset), out UdpHeader udp).ShouldBeTrue();
            udp.Length.ShouldBe((ushort)(8 + inner.PayloadLength));
            udp.Checksum.ShouldNotBe((ushort)0);
            together.AddRange(frame[inner.PayloadOffset..]);
        }

        together.ToArray().ShouldBe(tunnel.Payload);
    });

    [Fact]
    public void An_inner_checksum_alone_is_finished_and_the_outer_one_counts_with_it() => Property.Holds(100, random =>
    {
        TunnelFrame tunnel = TunnelFrame.Any(random, IpProtocol.Tcp, single: true);
        TunnelSegmenter.Inspect(tunnel.Packet, out _).ShouldBe(TunnelWork.Checksum);
        Checksum.Finish(tunnel.Packet).ShouldBeTrue();
        byte[] inner = tunnel.InnerOf(tunnel.Packet.Span);
        Checksum.IsTransportRight(inner, Frames.Parsed(inner)).ShouldBeTrue();
        ExpectOuterSum(tunnel, tunnel.Packet.Span.ToArray(), Frames.Parsed(tunnel.Packet.Span));
    });

    [Fact]
    public void Plain_packets_are_left_alone()
    {
        foreach (FrameEnds ends in (FrameEnds[])[Frames.V4, Frames.V6])
        {
            PacketBuffer tcp = ChecksumTests.Partial(PacketBuilder.Tcp(in ends, Frames.Segment(), new byte[5000]));
            tcp.Offload.Gso = ends.Source.IsIpv4 ? GsoType.TcpV4 : GsoType.TcpV6;
            tcp.Offload.GsoSize = 1400;
            TunnelSegmenter.Inspect(tcp, out _).ShouldBe(TunnelWork.None);
            PacketBuffer udp = ChecksumTests.Partial(PacketBuilder.Udp(in ends, 5, 6, new byte[5000]));
            TunnelSegmenter.Inspect(udp, out _).ShouldBe(TunnelWork.None);
            udp.Offload.Gso = GsoType.UdpL4;
            udp.Offload.GsoSize = 1400;
            TunnelSegmenter.Inspect(udp, out _).ShouldBe(TunnelWork.None);
        }
    }

    [Fact]
    public void A_checksum_start_anywhere_else_is_refused() => Property.Holds(60, random =>
    {
        TunnelFrame tunnel = TunnelFrame.Any(random, IpProtocol.Tcp);
        int right = tunnel.Packet.Offload.ChecksumStart;
        int outer = Frames.Parsed(tunnel.Packet.Span).L4Offset;
        for (int start = 0; start <= ushort.MaxValue; start += start < 300 ? 1 : 97)
        {
            tunnel.Packet.Offload.ChecksumStart = (ushort)start;
            TunnelWork expected = start == right ? TunnelWork.Cut : TunnelSegmenter.IsSuspect(in tunnel.Packet.Offload) && start > outer ? TunnelWork.Malformed : TunnelWork.None;
            TunnelSegmenter.Inspect(tunnel.Packet, out _).ShouldBe(expected, $"start {start}, right is {right}");
        }
    });

    [Fact]
    public void What_its_offload_does_not_describe_is_refused()
    {
        Refused(IpProtocol.Tcp, (ref Offload o) => o.GsoSize = 0);
        Refused(IpProtocol.Tcp, (ref Offload o) => o.GsoSize = TcpSegmenter.MinimumSegmentSize - 1);
        Refused(IpProtocol.Tcp, (ref Offload o) => o.ChecksumOffset = UdpHeader.ChecksumOffset);
        Refused(IpProtocol.Tcp, (ref Offload o) => o.Gso = GsoType.UdpL4);
        Refused(IpProtocol.Tcp, (ref Offload o) => o.Gso = GsoType.Udp);
        Refused(IpProtocol.Tcp, (ref Offload o) => o.Gso = o.Gso == GsoType.TcpV4 ? GsoType.TcpV6 : GsoType.TcpV4);
        Refused(IpProtocol.Udp, (ref Offload o) => o.GsoSize = 0);
        Refused(IpProtocol.Udp, (ref Offload o) => o.GsoSize = 10);
        Refused(IpProtocol.Udp, (ref Offload o) => o.Gso = GsoType.TcpV4);
    }

    [Fact]
    public void Damaged_and_truncated_frames_are_cut_or_refused_and_nothing_throws() => Property.Holds(1500, random =>
    {
        TunnelFrame tunnel = TunnelFrame.Any(random, random.Next(2) == 0 ? IpProtocol.Tcp : IpProtocol.Udp);
        PacketBuffer packet = tunnel.Packet;
        int headers = packet.Offload.ChecksumStart + 20;
        for (int i = random.Next(0, 4); i > 0; i--)
        {
            packet.Span[random.Next(12, headers)] ^= (byte)(1 << random.Next(8));
        }

        tunnel.RepairHeaderSums();
        if (random.Next(3) == 0)
        {
            packet.SetLength(random.Next(packet.Length));
        }

        if (random.Next(3) == 0)
        {
            packet.Offload.ChecksumStart = (ushort)random.Next(40, 200);
        }

        if (TunnelSegmenter.Inspect(packet, out TunnelLayers layers) == TunnelWork.Cut)
        {
            PacketBuffer piece = new();
            for (int i = 0; i < layers.Count; i++)
            {
                TunnelSegmenter.Write(packet, in layers, i, piece);
                Frames.Parsed(piece.Span).End.ShouldBe(piece.Length);
            }
        }
    });

    [Fact]
    public void Cutting_allocates_nothing()
    {
        TunnelFrame tunnel = TunnelFrame.Any(new Random(7), IpProtocol.Tcp);
        PacketBuffer piece = new();
        CutInto(tunnel.Packet, piece);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            CutInto(tunnel.Packet, piece);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private delegate void Change(ref Offload offload);

    private static void Refused(byte protocol, Change change) => Property.Holds(8, random =>
    {
        TunnelFrame tunnel = TunnelFrame.Any(random, protocol, payload: 3000);
        TunnelSegmenter.Inspect(tunnel.Packet, out _).ShouldBe(TunnelWork.Cut);
        change(ref tunnel.Packet.Offload);
        TunnelSegmenter.Inspect(tunnel.Packet, out _).ShouldBe(TunnelWork.Malformed);
    });

    private static List<byte[]> Cut(PacketBuffer packet)
    {
        TunnelSegmenter.Inspect(packet, out TunnelLayers layers).ShouldBe(TunnelWork.Cut);
        List<byte[]> pieces = [];
        PacketBuffer piece = new();
        for (int i = 0; i < layers.Count; i++)
        {
            TunnelSegmenter.Write(packet, in layers, i, piece);
            piece.Offload.ShouldBe(default);
            pieces.Add(piece.Span.ToArray());
        }

        return pieces;
    }

    private static void CutInto(PacketBuffer packet, PacketBuffer piece)
    {
        _ = TunnelSegmenter.Inspect(packet, out TunnelLayers layers);
        for (int i = 0; i < layers.Count; i++)
        {
            TunnelSegmenter.Write(packet, in layers, i, piece);
        }
    }

    private static byte[] ExpectSound(TunnelFrame tunnel, byte[] piece, int index, out PacketHeaders inner)
    {
        PacketHeaders outer = Frames.Parsed(piece);
        outer.End.ShouldBe(piece.Length);
        outer.FragmentId.ShouldBe(outer.IsIpv4 ? (ushort)(TunnelFrame.OuterId + index) : 0u);
        UdpHeader.TryRead(piece.AsSpan(outer.L4Offset), out UdpHeader udp).ShouldBeTrue();
        udp.Length.ShouldBe((ushort)(piece.Length - outer.L4Offset));
        ExpectOuterSum(tunnel, piece, in outer);
        piece[outer.PayloadOffset..tunnel.InnerStart].ShouldBe(tunnel.TunnelHeader);
        byte[] frame = tunnel.InnerOf(piece);
        inner = Frames.Parsed(frame);
        inner.End.ShouldBe(frame.Length);
        inner.FragmentId.ShouldBe(inner.IsIpv4 ? (ushort)(TunnelFrame.InnerId + index) : 0u);
        Checksum.IsTransportRight(frame, in inner).ShouldBeTrue();
        return frame;
    }

    private static void ExpectOuterSum(TunnelFrame tunnel, byte[] piece, in PacketHeaders outer)
    {
        bool zero = BinaryPrimitives.ReadUInt16BigEndian(piece.AsSpan(outer.L4Offset + 6)) == 0;
        zero.ShouldBe(!tunnel.OuterChecksum);
        (zero || Checksum.IsTransportRight(piece, in outer)).ShouldBeTrue();
    }
}

using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Wire;

/// <summary>Packets as a guest's kernel hands them over: their checksums left to a device, and whole super-packets left to be cut.</summary>
public static class Traffic
{
    public const ushort SegmentSize = 1300;

    public static readonly MacAddress Guest = MacAddress.Parse("02:00:00:00:00:0a");
    public static readonly MacAddress Gateway = MacAddress.Parse("02:00:00:00:00:01");

    public static FrameEnds Ends(bool ipv4) => ipv4
        ? new FrameEnds(Guest, Gateway, IpAddress.Parse("10.0.0.1"), IpAddress.Parse("10.0.1.2"))
        : new FrameEnds(Guest, Gateway, IpAddress.Parse("fd00::1"), IpAddress.Parse("fd00:1::2"));

    public static PacketBuffer Tcp(bool ipv4, int payload, ushort sourcePort = 40_000) => Unfinished(PacketBuilder.Tcp(
        Ends(ipv4),
        new TcpHeader { SourcePort = sourcePort, DestinationPort = 80, Flags = TcpFlags.Ack | TcpFlags.Psh, Sequence = 1000, Acknowledgment = 9, Window = 500 },
        Payload(payload)));

    public static PacketBuffer Udp(bool ipv4, int payload, ushort sourcePort = 40_000) =>
        Unfinished(PacketBuilder.Udp(Ends(ipv4), sourcePort, 53, Payload(payload)));

    public static PacketHeaders Parse(PacketBuffer packet)
    {
        PacketHeaders.Parse(packet.Span, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        return h;
    }

    /// <summary>What it comes to on a wire: cut, with finished checksums.</summary>
    public static List<byte[]> OnTheWire(PacketBuffer packet)
    {
        PacketHeaders h = Parse(packet);
        if (packet.Offload.Gso == GsoType.None)
        {
            Checksum.Finish(packet).ShouldBeTrue();
            return [packet.Span.ToArray()];
        }

        byte[] target = new byte[1 << 18];
        SegmentRun run = packet.Offload.Gso == GsoType.UdpL4 ? UdpSegmenter.Write(packet, in h, 0, target) : TcpSegmenter.Write(packet, in h, 0, target);
        run.Remaining.ShouldBe(0);
        return [.. Enumerable.Range(0, run.Count).Select(i => run.Frame(target, 0, i).ToArray())];
    }

    private static byte[] Payload(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private static PacketBuffer Unfinished(byte[] frame)
    {
        PacketBuffer packet = new();
        packet.CopyFrom(frame);
        PacketHeaders h = Parse(packet);
        int offset = IpProtocol.PseudoHeaderChecksumOffset(h.Protocol);
        uint sum = Checksum.PseudoHeader(h.Source, h.Destination, h.Protocol, h.End - h.L4Offset);
        BinaryPrimitives.WriteUInt16BigEndian(packet.Span[(h.L4Offset + offset)..], Checksum.Fold(sum));
        packet.Offload = new Offload { NeedsChecksum = true, ChecksumStart = h.L4Offset, ChecksumOffset = (ushort)offset };
        if (h.PayloadLength > SegmentSize)
        {
            packet.Offload.Gso = h.Protocol == IpProtocol.Udp ? GsoType.UdpL4 : h.IsIpv4 ? GsoType.TcpV4 : GsoType.TcpV6;
            packet.Offload.GsoSize = SegmentSize;
            packet.Offload.HeaderLength = h.PayloadOffset;
        }

        return packet;
    }
}

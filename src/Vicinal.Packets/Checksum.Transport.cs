using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <content>Transport checksums of whole packets.</content>
public static partial class Checksum
{
    private const int SctpChecksumOffset = 8;
    /// <summary>
    /// An unfinished checksum stands where the packet's own transport has it. A sender names the place itself, and could name one that was judged to be
    /// something else, such as its source address.
    /// </summary>
    public static bool IsPlaceRight(in PacketHeaders h, in Offload offload) =>
        h.IsIp && !h.IsLaterFragment && offload.ChecksumStart == h.L4Offset && offload.ChecksumOffset == h.Protocol switch
        {
            IpProtocol.Icmp => IcmpHeader.ChecksumOffset,
            IpProtocol.Sctp => SctpChecksumOffset,
            _ => IpProtocol.PseudoHeaderChecksumOffset(h.Protocol),
        };

    /// <summary>
    /// Computes the TCP, UDP or ICMP checksum of a whole packet (no fragment) anew and writes it. Other protocols are left alone.
    /// False when there was nothing to write.
    /// </summary>
    public static bool WriteTransport(Span<byte> frame, in PacketHeaders h)
    {
        int offset = TransportOffset(in h);
        if (offset < 0 || h.End > frame.Length)
        {
            return false;
        }

        Span<byte> transport = frame[h.L4Offset..h.End];
        transport.Slice(offset, 2).Clear();
        ushort checksum = Complement(PseudoHeaderOf(in h) + Sum(transport));
        if (checksum == 0 && h.Protocol == IpProtocol.Udp)
        {
            checksum = ushort.MaxValue;
        }

        BinaryPrimitives.WriteUInt16BigEndian(transport[offset..], checksum);
        return true;
    }

    /// <summary>
    /// True when the transport checksum is right, or there is none to judge: another protocol, a fragment, UDP over IPv4 without one.
    /// Frames with <see cref="Offload.NeedsChecksum"/> must not be asked.
    /// </summary>
    public static bool IsTransportRight(ReadOnlySpan<byte> frame, in PacketHeaders h)
    {
        int offset = TransportOffset(in h);
        if (offset < 0 || h.End > frame.Length)
        {
            return true;
        }

        ReadOnlySpan<byte> transport = frame[h.L4Offset..h.End];
        if (h.Protocol == IpProtocol.Udp && BinaryPrimitives.ReadUInt16BigEndian(transport[offset..]) == 0)
        {
            return h.IsIpv4;
        }

        return Fold(PseudoHeaderOf(in h) + Sum(transport)) == 0xFFFF;
    }

    /// <summary>
    /// Completes a frame with <see cref="Offload.NeedsChecksum"/> in software, as the device would: sums from ChecksumStart to the
    /// packet's end, with the pseudo-header's sum already in the field. GSO frames go through a segmenter instead.
    /// False, with the frame unchanged, when the offsets point outside the packet.
    /// </summary>
    public static bool Finish(PacketBuffer packet)
    {
        if (!packet.Offload.NeedsChecksum)
        {
            return true;
        }

        // Ethernet padding does not belong to the sum, and is not always zero.
        Span<byte> frame = packet.Span;
        int end = PacketHeaders.Parse(frame, out PacketHeaders h) == ParseResult.Ok ? h.End : frame.Length;
        int start = packet.Offload.ChecksumStart;
        int field = start + packet.Offload.ChecksumOffset;
        if (start >= end || field + 2 > end)
        {
            return false;
        }

        ushort checksum = Complement(Sum(frame[start..end]));
        bool udp = packet.Offload.ChecksumOffset == UdpHeader.ChecksumOffset;
        BinaryPrimitives.WriteUInt16BigEndian(frame[field..], checksum == 0 && udp ? ushort.MaxValue : checksum);
        packet.Offload.NeedsChecksum = false;
        packet.Offload.ChecksumValid = true;
        return true;
    }

    /// <summary>The pseudo-header's sum where the protocol has one, else 0.</summary>
    internal static uint PseudoHeaderOf(in PacketHeaders h) => h.Protocol == IpProtocol.Icmp
        ? 0
        : PseudoHeader(h.Source, h.Destination, h.Protocol, h.End - h.L4Offset);

    private static int TransportOffset(in PacketHeaders h)
    {
        if (!h.HasTransport || (h.IsFragment && (h.MoreFragments || h.IsLaterFragment)))
        {
            return -1;
        }

        return h.Protocol switch
        {
            IpProtocol.Tcp => TcpHeader.ChecksumOffset,
            IpProtocol.Udp => UdpHeader.ChecksumOffset,
            IpProtocol.Icmp or IpProtocol.Icmpv6 => IcmpHeader.ChecksumOffset,
            _ => -1,
        };
    }
}

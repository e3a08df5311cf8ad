using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>What all messages of neighbour discovery have in common.</summary>
public static class NeighborMessage
{
    /// <summary>Nobody beyond the link can send a packet that arrives with it (RFC 4861 section 3.1).</summary>
    public const byte HopLimit = 255;

    internal static bool IsValid(ReadOnlySpan<byte> frame, in PacketHeaders h, byte type, int minimumLength) =>
        h.IsIpv6 && h.IsIcmp && !h.IsFragment && h.IcmpType == type && h.IcmpCode == 0 && h.Ttl == HopLimit
        && h.End <= frame.Length && h.End - h.L4Offset >= minimumLength;

    /// <summary>A target is an address that one host can have; a v4-mapped one would turn into IPv4.</summary>
    internal static bool IsTarget(IpAddress target) => !target.IsIpv4 && !target.IsMulticast && !target.IsUnspecified && !target.IsLoopback;

    /// <summary>
    /// Puts the Ethernet and IPv6 headers in front of an ICMPv6 message that stands at <see cref="MessageOffset"/>, and its checksum
    /// into it.
    /// </summary>
    /// <param name="frame">From the Ethernet header to the end of the message.</param>
    public static void Seal(Span<byte> frame, in FrameEnds ends)
    {
        Span<byte> icmp = frame[MessageOffset..];
        new EthernetHeader(ends.DestinationMac, ends.SourceMac, EtherType.Ipv6).Write(frame);
        new Ipv6Header
        {
            PayloadLength = (ushort)icmp.Length,
            NextHeader = IpProtocol.Icmpv6,
            HopLimit = HopLimit,
            Source = ends.Source,
            Destination = ends.Destination,
        }.Write(frame[EthernetHeader.Size..]);
        Span<byte> checksum = icmp.Slice(IcmpHeader.ChecksumOffset, 2);
        checksum.Clear();
        uint pseudo = Checksum.PseudoHeader(ends.Source, ends.Destination, IpProtocol.Icmpv6, icmp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(checksum, Checksum.Complement(pseudo + Checksum.Sum(icmp)));
    }

    /// <summary>Where the ICMPv6 message stands in an untagged frame without extension headers.</summary>
    public const int MessageOffset = EthernetHeader.Size + Ipv6Header.Size;
}

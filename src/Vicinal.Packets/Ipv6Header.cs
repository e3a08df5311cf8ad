using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// The IPv6 header (RFC 8200 section 3).
/// <code>
/// |Version| Traffic class |              Flow label               |
/// |         Payload length        |  Next header  |   Hop limit   |
/// |                        Source address                         |
/// |                     Destination address                       |
/// </code>
/// </summary>
public readonly record struct Ipv6Header
{
    public const int Size = 40;

    public byte TrafficClass { get; init; }

    /// <summary>20 bits.</summary>
    public uint FlowLabel { get; init; }

    /// <summary>All that follows this header, extension headers included.</summary>
    public ushort PayloadLength { get; init; }

    public byte NextHeader { get; init; }

    public byte HopLimit { get; init; }

    public IpAddress Source { get; init; }

    public IpAddress Destination { get; init; }

    /// <summary>
    /// Fails when the packet is shorter than it says, and for v4-mapped addresses, which would be IPv4 addresses in
    /// <see cref="IpAddress"/>.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, out Ipv6Header header)
    {
        header = default;
        if (packet.Length < Size || packet[0] >> 4 != 6)
        {
            return false;
        }

        uint first = BinaryPrimitives.ReadUInt32BigEndian(packet);
        header = new Ipv6Header
        {
            TrafficClass = (byte)(first >> 20),
            FlowLabel = first & 0xF_FFFF,
            PayloadLength = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]),
            NextHeader = packet[6],
            HopLimit = packet[7],
            Source = IpAddress.ReadIpv6(packet[8..]),
            Destination = IpAddress.ReadIpv6(packet[24..]),
        };
        return Size + header.PayloadLength <= packet.Length && !header.Source.IsIpv4 && !header.Destination.IsIpv4;
    }

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, 0x6000_0000 | ((uint)TrafficClass << 20) | (FlowLabel & 0xF_FFFF));
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], PayloadLength);
        target[6] = NextHeader;
        target[7] = HopLimit;
        Source.WriteIpv6(target[8..]);
        Destination.WriteIpv6(target[24..]);
    }
}

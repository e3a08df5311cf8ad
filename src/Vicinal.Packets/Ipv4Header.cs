using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// The IPv4 header (RFC 791) without its options, which stay in the packet.
/// <code>
///  0                   1                   2                   3
/// |Version|  IHL  |Type of service|          Total length         |
/// |         Identification        |0|D|M|     Fragment offset     |
/// |  Time to live |    Protocol   |        Header checksum        |
/// |                         Source address                        |
/// |                      Destination address                      |
/// </code>
/// </summary>
public readonly record struct Ipv4Header
{
    public const int Size = 20;
    public const int MaxSize = 60;

    /// <summary>With options; 20 to 60.</summary>
    public int HeaderLength { get; init; }

    public byte TrafficClass { get; init; }

    /// <summary>Header and payload.</summary>
    public ushort TotalLength { get; init; }

    public ushort Id { get; init; }

    public bool DontFragment { get; init; }

    public bool MoreFragments { get; init; }

    /// <summary>In bytes, a multiple of eight.</summary>
    public ushort FragmentOffset { get; init; }

    public byte Ttl { get; init; }

    public byte Protocol { get; init; }

    public ushort HeaderChecksum { get; init; }

    public IpAddress Source { get; init; }

    public IpAddress Destination { get; init; }

    /// <summary>Reads the header and checks its version and that it lies in <paramref name="packet"/>; the checksum is not judged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, out Ipv4Header header)
    {
        header = default;
        if (packet.Length < Size || packet[0] >> 4 != 4)
        {
            return false;
        }

        int headerLength = (packet[0] & 0xF) * 4;
        ushort totalLength = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (headerLength < Size || headerLength > packet.Length || totalLength < headerLength || totalLength > packet.Length)
        {
            return false;
        }

        ushort fragment = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]);
        header = new Ipv4Header
        {
            HeaderLength = headerLength,
            TrafficClass = packet[1],
            TotalLength = totalLength,
            Id = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]),
            DontFragment = (fragment & 0x4000) != 0,
            MoreFragments = (fragment & 0x2000) != 0,
            FragmentOffset = (ushort)((fragment & 0x1FFF) * 8),
            Ttl = packet[8],
            Protocol = packet[9],
            HeaderChecksum = BinaryPrimitives.ReadUInt16BigEndian(packet[10..]),
            Source = IpAddress.ReadIpv4(packet[12..]),
            Destination = IpAddress.ReadIpv4(packet[16..]),
        };
        return true;
    }

    /// <summary>
    /// Writes the fixed part, then the right checksum over it and the options, which the caller has put behind it. A header
    /// length of 0 stands for 20.
    /// </summary>
    public void Write(Span<byte> target)
    {
        int length = HeaderLength == 0 ? Size : HeaderLength;
        target[0] = (byte)(0x40 | (length / 4));
        target[1] = TrafficClass;
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], TotalLength);
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], Id);
        int flags = (DontFragment ? 0x4000 : 0) | (MoreFragments ? 0x2000 : 0);
        BinaryPrimitives.WriteUInt16BigEndian(target[6..], (ushort)(flags | (FragmentOffset / 8)));
        target[8] = Ttl;
        target[9] = Protocol;
        BinaryPrimitives.WriteUInt16BigEndian(target[10..], 0);
        Source.WriteIpv4(target[12..]);
        Destination.WriteIpv4(target[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(target[10..], Checksum.Compute(target[..length]));
    }
}

using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>UDP (RFC 768).</summary>
/// <param name="Length">Header and payload.</param>
/// <param name="Checksum">0 when the sender computed none, which IPv6 allows only for tunnels (RFC 6935).</param>
public readonly record struct UdpHeader(ushort SourcePort, ushort DestinationPort, ushort Length, ushort Checksum)
{
    public const int Size = 8;
    public const int ChecksumOffset = 6;

    public static bool TryRead(ReadOnlySpan<byte> datagram, out UdpHeader header)
    {
        header = default;
        if (datagram.Length < Size)
        {
            return false;
        }

        header = new UdpHeader(
            BinaryPrimitives.ReadUInt16BigEndian(datagram),
            BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]),
            BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(datagram[ChecksumOffset..]));
        return header.Length >= Size && header.Length <= datagram.Length;
    }

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], DestinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], Length);
        BinaryPrimitives.WriteUInt16BigEndian(target[ChecksumOffset..], Checksum);
    }
}

using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// GRE with a key (RFC 2784, RFC 2890) that carries Ethernet; the key is the VNI. Written as eight bytes, flags and key only;
/// read with the optional checksum and sequence fields skipped.
/// </summary>
public readonly record struct GreHeader(ushort ProtocolType, uint Key)
{
    /// <summary>As written.</summary>
    public const int Size = 8;

    private const ushort HasChecksum = 0x8000;

    /// <summary>Bits 1, 4 and 5, which only RFC 1701 gives a meaning: who does not implement it must discard them (RFC 2784 section 2.3).</summary>
    private const ushort MustBeZero = 0x4C00;
    private const ushort HasKey = 0x2000;
    private const ushort HasSequence = 0x1000;

    /// <summary>
    /// Refuses headers without a key, with source routing or another bit of RFC 1701, or of another version.
    /// </summary>
    /// <param name="size">Where the inner frame begins.</param>
    public static bool TryRead(ReadOnlySpan<byte> packet, out GreHeader header, out int size)
    {
        header = default;
        size = 0;
        if (packet.Length < Size)
        {
            return false;
        }

        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(packet);
        if ((flags & HasKey) == 0 || (flags & MustBeZero) != 0 || (flags & 7) != 0)
        {
            return false;
        }

        int keyOffset = (flags & HasChecksum) != 0 ? 8 : 4;
        size = keyOffset + 4 + ((flags & HasSequence) != 0 ? 4 : 0);
        if (packet.Length < size)
        {
            return false;
        }

        header = new GreHeader(BinaryPrimitives.ReadUInt16BigEndian(packet[2..]), BinaryPrimitives.ReadUInt32BigEndian(packet[keyOffset..]));
        return true;
    }

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], Key);
        BinaryPrimitives.WriteUInt16BigEndian(target, HasKey);
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], ProtocolType);
    }
}

using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>VXLAN (RFC 7348 section 5): the I flag, 24 bits of VNI, all else zero.</summary>
public readonly record struct VxlanHeader(uint Vni)
{
    public const ushort UdpPort = 4789;
    public const int Size = 8;

    private const byte ValidVni = 0x08;

    /// <summary>Reserved bits are ignored on receipt, as the RFC says; a header without a VNI is refused.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out VxlanHeader header)
    {
        bool valid = payload.Length >= Size && (payload[0] & ValidVni) != 0;
        header = valid ? new VxlanHeader(BinaryPrimitives.ReadUInt32BigEndian(payload[4..]) >> 8) : default;
        return valid;
    }

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], Vni << 8);
        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)ValidVni << 24);
    }
}

using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>The Ethernet II header, without tags.</summary>
public readonly record struct EthernetHeader(MacAddress Destination, MacAddress Source, ushort EtherType)
{
    public const int Size = 14;

    /// <summary>The shortest frame on a wire without its check sequence; shorter ones are padded.</summary>
    public const int MinimumFrame = 60;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out EthernetHeader header)
    {
        if (bytes.Length < Size)
        {
            header = default;
            return false;
        }

        header = new EthernetHeader(MacAddress.Read(bytes), MacAddress.Read(bytes[6..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[12..]));
        return true;
    }

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target[12..], EtherType);
        Destination.Write(target);
        Source.Write(target[6..]);
    }
}

using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Devices;

/// <summary>Puts a VLAN tag that the kernel took out of a frame back to where it was on the wire (IEEE 802.1Q section 9).</summary>
public static class FrameTag
{
    public const ushort EtherType8021Q = 0x8100;

    private const int Size = 4;
    private const int AddressesSize = 12;

    /// <summary>The frame starts four bytes earlier afterwards, and the offload's offsets, which count from its start, grow with it.</summary>
    public static void Insert(PacketBuffer frame, ushort protocol, ushort tag)
    {
        _ = frame.Push(Size);
        Span<byte> bytes = frame.Span;
        bytes.Slice(Size, AddressesSize).CopyTo(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[AddressesSize..], protocol);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[(AddressesSize + 2)..], tag);
        if (frame.Offload.NeedsChecksum)
        {
            frame.Offload.ChecksumStart += Size;
        }

        if (frame.Offload.Gso != GsoType.None)
        {
            frame.Offload.HeaderLength += Size;
        }
    }
}

using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>An IEEE 802.1Q tag: 3 bits of priority, the drop-eligible bit, 12 bits of VLAN id.</summary>
public readonly record struct VlanTag(ushort Tci)
{
    public const int Size = 4;

    public VlanTag(byte priority, bool dropEligible, ushort id)
        : this((ushort)((priority << 13) | (dropEligible ? 0x1000 : 0) | (id & 0xFFF)))
    {
    }

    public byte Priority => (byte)(Tci >> 13);

    public bool DropEligible => (Tci & 0x1000) != 0;

    /// <summary>0 for a priority tag, which belongs to the untagged network.</summary>
    public ushort Id => (ushort)(Tci & 0xFFF);

    public static bool TryRead(ReadOnlySpan<byte> frame, out VlanTag tag)
    {
        bool tagged = frame.Length >= EthernetHeader.Size + Size && BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) == EtherType.Vlan;
        tag = tagged ? new VlanTag(BinaryPrimitives.ReadUInt16BigEndian(frame[14..])) : default;
        return tagged;
    }

    /// <summary>Tags a frame of at least an Ethernet header; the offload offsets move with it.</summary>
    public void Push(PacketBuffer packet)
    {
        _ = packet.Push(Size);
        Span<byte> frame = packet.Span;
        frame.Slice(Size, 12).CopyTo(frame);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], EtherType.Vlan);
        BinaryPrimitives.WriteUInt16BigEndian(frame[14..], Tci);
        if (packet.Offload.NeedsChecksum)
        {
            packet.Offload.ChecksumStart += Size;
        }

        if (packet.Offload.HeaderLength != 0)
        {
            packet.Offload.HeaderLength += Size;
        }
    }

    /// <summary>Takes the outermost tag off; false when there is none.</summary>
    public static bool TryPop(PacketBuffer packet, out VlanTag tag)
    {
        Span<byte> frame = packet.Span;
        if (!TryRead(frame, out tag))
        {
            return false;
        }

        frame[..12].CopyTo(frame[Size..]);
        packet.Pull(Size);
        if (packet.Offload.NeedsChecksum)
        {
            packet.Offload.ChecksumStart -= Size;
        }

        if (packet.Offload.HeaderLength >= Size)
        {
            packet.Offload.HeaderLength -= Size;
        }

        return true;
    }
}

using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Datapath.Fragments;

/// <summary>
/// Cuts a packet into fragments for an MTU: an IPv4 packet without DF, or a reassembled one of either family, whose sender had cut
/// it before. Fragments of IPv4 may be cut again. A checksum that a device was to finish must be finished before.
/// </summary>
public static class Fragmenter
{
    private const byte OptionEnd = 0;
    private const byte OptionNone = 1;

    /// <summary>How many fragments it makes; 1 when it fits as it is, 0 when the MTU leaves no room for eight bytes of data.</summary>
    /// <param name="mtu">The longest layer-3 packet, in bytes.</param>
    public static int Count(PacketBuffer packet, in PacketHeaders h, int mtu)
    {
        if (h.L3Length <= mtu)
        {
            return 1;
        }

        FragmentLayout layout = FragmentLayout.ForCutting(in h, packet.Span);
        int step = StepOf(in h, in layout, mtu);
        return step <= 0 ? 0 : (h.End - layout.DataOffset + step - 1) / step;
    }

    /// <summary>Writes fragment <paramref name="index"/> of <see cref="Count"/>, Ethernet header and all, into <paramref name="target"/>.</summary>
    /// <param name="id">The IPv6 fragment's identification; IPv4 keeps the packet's own.</param>
    public static void Write(PacketBuffer packet, in PacketHeaders h, int mtu, uint id, int index, PacketBuffer target)
    {
        ReadOnlySpan<byte> frame = packet.Span;
        FragmentLayout layout = FragmentLayout.ForCutting(in h, frame);
        int step = StepOf(in h, in layout, mtu);
        int from = index * step;
        ReadOnlySpan<byte> data = frame[layout.DataOffset..h.End][from..];
        bool last = data.Length <= step;
        data = last ? data : data[..step];

        int headers = layout.HeaderEnd + FragmentHeaderSize(in h);
        target.Reset(headers + data.Length);
        Span<byte> written = target.Span;
        frame[..layout.HeaderEnd].CopyTo(written);
        data.CopyTo(written[headers..]);
        if (h.IsIpv4)
        {
            FinishIpv4(written[h.L3Offset..], in h, headers - h.L3Offset, from, !last || h.MoreFragments);
        }
        else
        {
            FinishIpv6(written, in h, in layout, id, from, !last);
        }
    }

    private static void FinishIpv4(Span<byte> packet, in PacketHeaders h, int headerLength, int from, bool more)
    {
        Span<byte> header = packet[..headerLength];
        if (from > 0)
        {
            DropUncopiedOptions(header[Ipv4Header.Size..]);
        }

        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)((more ? 0x2000 : 0) | ((h.FragmentOffset + from) / 8)));
        header[10..12].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], Checksum.Compute(header));
    }

    private static void FinishIpv6(Span<byte> frame, in PacketHeaders h, in FragmentLayout layout, uint id, int from, bool more)
    {
        BinaryPrimitives.WriteUInt16BigEndian(frame[(h.L3Offset + 4)..], (ushort)(frame.Length - h.L3Offset - Ipv6Header.Size));
        Span<byte> fragment = frame.Slice(layout.HeaderEnd, FragmentLayout.Ipv6FragmentHeaderSize);
        fragment[0] = frame[layout.NextHeaderOffset];
        fragment[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(fragment[2..], (ushort)(from | (more ? 1 : 0)));
        BinaryPrimitives.WriteUInt32BigEndian(fragment[4..], id);
        frame[layout.NextHeaderOffset] = IpProtocol.Ipv6Fragment;
    }

    /// <summary>RFC 791 section 3.1: options without the copied bit stand in the first fragment only; others get no-operations instead.</summary>
    private static void DropUncopiedOptions(Span<byte> options)
    {
        while (!options.IsEmpty && options[0] != OptionEnd)
        {
            int length = options[0] == OptionNone || options.Length < 2 ? 1 : Math.Clamp(options[1], (byte)1, (byte)Math.Min(options.Length, 255));
            if ((options[0] & 0x80) == 0)
            {
                options[..length].Fill(OptionNone);
            }

            options = options[length..];
        }
    }

    private static int FragmentHeaderSize(in PacketHeaders h) => h.IsIpv6 ? FragmentLayout.Ipv6FragmentHeaderSize : 0;

    /// <summary>Data bytes of each fragment but the last: a multiple of eight (RFC 791 section 3.2).</summary>
    private static int StepOf(in PacketHeaders h, in FragmentLayout layout, int mtu) =>
        (mtu - (layout.HeaderEnd - h.L3Offset) - FragmentHeaderSize(in h)) & ~7;
}

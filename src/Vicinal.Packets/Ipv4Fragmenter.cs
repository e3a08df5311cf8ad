using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>IPv4 fragmentation (RFC 791 section 3.2), also of what is a fragment already.</summary>
public static class Ipv4Fragmenter
{
    private const byte EndOfOptions = 0;
    private const byte NoOperation = 1;

    /// <summary>
    /// Writes fragments from index <paramref name="first"/> on, as many as fit. Nothing is written for a packet with DF set, or an MTU
    /// that leaves no room for eight bytes. The transport checksum must be a finished one.
    /// </summary>
    /// <param name="mtu">Largest L3 length of a fragment.</param>
    /// <param name="reserve">Bytes to leave in front of each frame, for an encapsulation.</param>
    public static SegmentRun Write(ReadOnlySpan<byte> frame, in PacketHeaders h, int mtu, int reserve, Span<byte> target, int first = 0)
    {
        int headerLength = h.L4Offset - h.L3Offset;
        int size = (mtu - headerLength) & ~7;
        if (!h.IsIpv4 || h.DontFragment || size < 8)
        {
            return default;
        }

        SegmentRun run = SegmentRun.Plan(reserve + h.L4Offset, h.End - h.L4Offset, size, first, target.Length);
        for (int i = 0; i < run.Count; i++)
        {
            bool last = i == run.Count - 1 && run.Remaining == 0;
            WriteFragment(frame, in h, run.Frame(target, reserve, i), (first + i) * size, last);
        }

        return run;
    }

    private static void WriteFragment(ReadOnlySpan<byte> frame, in PacketHeaders h, Span<byte> fragment, int offset, bool last)
    {
        int length = fragment.Length - h.L4Offset;
        frame[..h.L4Offset].CopyTo(fragment);
        frame.Slice(h.L4Offset + offset, length).CopyTo(fragment[h.L4Offset..]);
        Span<byte> ip = fragment[h.L3Offset..];
        if (offset > 0)
        {
            DropUncopiedOptions(ip[Ipv4Header.Size..(h.L4Offset - h.L3Offset)]);
        }

        bool more = !last || h.MoreFragments;
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], (ushort)(((h.FragmentOffset + offset) / 8) | (more ? 0x2000 : 0)));
        SegmentRun.PatchIp(fragment, in h, fragment.Length - h.L3Offset, 0);
    }

    /// <summary>Options without the copied bit stay in the first fragment only; no-operations keep the header's length elsewhere.</summary>
    private static void DropUncopiedOptions(Span<byte> options)
    {
        while (!options.IsEmpty && options[0] != EndOfOptions)
        {
            if (options[0] == NoOperation)
            {
                options = options[1..];
                continue;
            }

            int length = options.Length < 2 ? 0 : options[1];
            if (length < 2 || length > options.Length)
            {
                options.Fill(NoOperation);
                return;
            }

            if ((options[0] & 0x80) == 0)
            {
                options[..length].Fill(NoOperation);
            }

            options = options[length..];
        }
    }
}

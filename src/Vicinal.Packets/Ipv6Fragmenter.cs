using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// IPv6 fragmentation (RFC 8200 section 4.5), which only the source of a packet may do: the node itself, for its own large answers.
/// </summary>
public static class Ipv6Fragmenter
{
    private const int FragmentHeaderSize = 8;

    /// <summary>Writes fragments from index <paramref name="first"/> on, as many as fit; nothing for what is a fragment already.</summary>
    /// <param name="id">New for each packet between two addresses.</param>
    /// <param name="mtu">Largest L3 length of a fragment.</param>
    /// <param name="reserve">Bytes to leave in front of each frame, for an encapsulation.</param>
    public static SegmentRun Write(
        ReadOnlySpan<byte> frame, in PacketHeaders h, int mtu, uint id, int reserve, Span<byte> target, int first = 0)
    {
        if (!h.IsIpv6 || h.IsFragment || h.End > frame.Length)
        {
            return default;
        }

        int split = FindFragmentablePart(frame, in h, out int nextHeaderOffset);
        int size = (mtu - (split - h.L3Offset) - FragmentHeaderSize) & ~7;
        if (size < 8)
        {
            return default;
        }

        SegmentRun run = SegmentRun.Plan(reserve + split + FragmentHeaderSize, h.End - split, size, first, target.Length);
        for (int i = 0; i < run.Count; i++)
        {
            bool more = i < run.Count - 1 || run.Remaining > 0;
            Span<byte> fragment = run.Frame(target, reserve, i);
            int offset = (first + i) * size;
            frame[..split].CopyTo(fragment);
            frame.Slice(split + offset, fragment.Length - split - FragmentHeaderSize).CopyTo(fragment[(split + FragmentHeaderSize)..]);
            Span<byte> header = fragment.Slice(split, FragmentHeaderSize);
            header[0] = frame[nextHeaderOffset];
            header[1] = 0;
            BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(offset | (more ? 1 : 0)));
            BinaryPrimitives.WriteUInt32BigEndian(header[4..], id);
            fragment[nextHeaderOffset] = IpProtocol.Ipv6Fragment;
            SegmentRun.PatchIp(fragment, in h, fragment.Length - h.L3Offset, 0);
        }

        return run;
    }

    /// <summary>
    /// Hop-by-hop and routing headers, and destination options in front of a routing header, go into every fragment. The parser has
    /// checked that the headers lie within the packet.
    /// </summary>
    private static int FindFragmentablePart(ReadOnlySpan<byte> frame, in PacketHeaders h, out int nextHeaderOffset)
    {
        int split = h.L3Offset + Ipv6Header.Size;
        nextHeaderOffset = h.L3Offset + 6;
        int offset = split;
        byte next = frame[nextHeaderOffset];
        while (offset < h.L4Offset
            && next is IpProtocol.HopByHop or IpProtocol.Ipv6Routing or IpProtocol.Ipv6DestinationOptions)
        {
            byte kind = next;
            int start = offset;
            next = frame[start];
            offset += 8 * (frame[start + 1] + 1);
            if (kind != IpProtocol.Ipv6DestinationOptions)
            {
                split = offset;
                nextHeaderOffset = start;
            }
        }

        return split;
    }
}

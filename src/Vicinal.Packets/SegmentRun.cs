using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// Frames that a segmenter or fragmenter wrote one behind the other: all but the last take <paramref name="Stride"/> bytes, so that
/// they can leave in one UDP_SEGMENT send. Each has the reserved bytes in front, which belong to the stride.
/// </summary>
/// <param name="Count">Frames written; 0 when the packet cannot be cut this way, or the target is too small for one.</param>
/// <param name="LastLength">Bytes of the last frame, its reserve included.</param>
/// <param name="Remaining">Frames that did not fit; go on with the index of the first one not written.</param>
public readonly record struct SegmentRun(int Count, int Stride, int LastLength, int Remaining)
{
    public int TotalBytes => Count == 0 ? 0 : ((Count - 1) * Stride) + LastLength;

    /// <summary>The bytes of frame <paramref name="index"/> in the target, without the reserve in front.</summary>
    public Span<byte> Frame(Span<byte> target, int reserve, int index)
    {
        int length = index == Count - 1 ? LastLength : Stride;
        return target.Slice((index * Stride) + reserve, length - reserve);
    }

    /// <summary>Plans the cut of <paramref name="payload"/> bytes into pieces of <paramref name="size"/> behind a header each.</summary>
    internal static SegmentRun Plan(int header, int payload, int size, int first, int room)
    {
        int total = Math.Max(1, (payload + size - 1) / size);
        int stride = header + Math.Min(size, payload);
        int lastOfAll = header + payload - ((total - 1) * size);
        int left = total - first;
        if (left <= 0)
        {
            return default;
        }

        // The last frame of all is the shorter one, so it may fit where a whole stride does not.
        int count = Math.Min(left, room / stride);
        if (count == left - 1 && room - (count * stride) >= lastOfAll)
        {
            count = left;
        }

        return count == 0 ? new SegmentRun(0, stride, 0, left) : new SegmentRun(count, stride, count == left ? lastOfAll : stride, left - count);
    }

    /// <summary>Gives the copy of an IP header its own length and, for IPv4, identification and checksum.</summary>
    internal static void PatchIp(Span<byte> frame, in PacketHeaders h, int l3Length, int idStep)
    {
        Span<byte> ip = frame[h.L3Offset..];
        if (h.IsIpv6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)(l3Length - Ipv6Header.Size));
            return;
        }

        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)l3Length);
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)(h.FragmentId + idStep));
        ip[10] = ip[11] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum.Compute(ip[..(h.L4Offset - h.L3Offset)]));
    }
}

using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>TCP segmentation offload in software: cuts a super-packet into frames with finished checksums.</summary>
public static class TcpSegmenter
{
    /// <summary>Linux refuses smaller ones too: they would only multiply the work that one frame causes.</summary>
    public const int MinimumSegmentSize = 8;

    /// <summary>
    /// Writes segments from index <paramref name="first"/> on, as many as fit. Sequence and IPv4 identification count up, CWR stays on
    /// the first of all, FIN and PSH on the last of all (RFC 3168 section 6.1.2).
    /// </summary>
    /// <param name="packet">A frame whose Offload says <see cref="GsoType.TcpV4"/> or TcpV6, by the family of the packet.</param>
    /// <param name="reserve">Bytes to leave in front of each frame, for an encapsulation.</param>
    public static SegmentRun Write(PacketBuffer packet, in PacketHeaders h, int reserve, Span<byte> target, int first = 0)
    {
        int size = packet.Offload.GsoSize;
        GsoType expected = h.IsIpv4 ? GsoType.TcpV4 : GsoType.TcpV6;
        if (packet.Offload.Gso != expected || h.Protocol != IpProtocol.Tcp || !h.HasTransport || h.IsFragment || size < MinimumSegmentSize)
        {
            return default;
        }

        ReadOnlySpan<byte> frame = packet.Span;
        SegmentRun run = SegmentRun.Plan(reserve + h.PayloadOffset, h.PayloadLength, size, first, target.Length);
        for (int i = 0; i < run.Count; i++)
        {
            int index = first + i;
            bool last = i == run.Count - 1 && run.Remaining == 0;
            WriteSegment(frame, in h, run.Frame(target, reserve, i), index * size, index, last);
        }

        return run;
    }

    /// <param name="segment">As long as the headers, which may have others in front, and its share of the payload.</param>
    /// <param name="offset">Of the share in the payload.</param>
    internal static void WriteSegment(ReadOnlySpan<byte> frame, in PacketHeaders h, Span<byte> segment, int offset, int index, bool last)
    {
        int payload = segment.Length - h.PayloadOffset;
        frame[..h.PayloadOffset].CopyTo(segment);
        frame.Slice(h.PayloadOffset + offset, payload).CopyTo(segment[h.PayloadOffset..]);
        SegmentRun.PatchIp(segment, in h, segment.Length - h.L3Offset, index);
        Span<byte> tcp = segment[h.L4Offset..];
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(tcp[TcpHeader.SequenceOffset..]);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[TcpHeader.SequenceOffset..], sequence + (uint)offset);
        TcpFlags flags = h.TcpFlags;
        flags &= index == 0 ? flags : ~TcpFlags.Cwr;
        flags &= last ? flags : ~(TcpFlags.Fin | TcpFlags.Psh);
        tcp[TcpHeader.FlagsOffset] = (byte)flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[TcpHeader.ChecksumOffset..], 0);
        uint sum = Checksum.PseudoHeader(h.Source, h.Destination, IpProtocol.Tcp, tcp.Length) + Checksum.Sum(tcp);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[TcpHeader.ChecksumOffset..], Checksum.Complement(sum));
    }
}

using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>UDP segmentation (what UDP_SEGMENT asks for): cuts a super-packet into datagrams of their own, not into IP fragments.</summary>
public static class UdpSegmenter
{
    /// <summary>Writes datagrams from index <paramref name="first"/> on, as many as fit, with finished checksums.</summary>
    /// <param name="packet">A frame whose Offload says <see cref="GsoType.UdpL4"/>.</param>
    /// <param name="reserve">Bytes to leave in front of each frame, for an encapsulation.</param>
    public static SegmentRun Write(PacketBuffer packet, in PacketHeaders h, int reserve, Span<byte> target, int first = 0)
    {
        int size = packet.Offload.GsoSize;
        if (packet.Offload.Gso != GsoType.UdpL4 || h.Protocol != IpProtocol.Udp || !h.HasTransport || h.IsFragment || size == 0)
        {
            return default;
        }

        ReadOnlySpan<byte> frame = packet.Span;
        bool checksummed = packet.Offload.NeedsChecksum
            || BinaryPrimitives.ReadUInt16BigEndian(frame[(h.L4Offset + UdpHeader.ChecksumOffset)..]) != 0;
        SegmentRun run = SegmentRun.Plan(reserve + h.PayloadOffset, h.PayloadLength, size, first, target.Length);
        for (int i = 0; i < run.Count; i++)
        {
            int index = first + i;
            WriteDatagram(frame, in h, run.Frame(target, reserve, i), index * size, index, checksummed);
        }

        return run;
    }

    /// <param name="datagram">As long as the headers, which may have others in front, and its share of the payload.</param>
    /// <param name="offset">Of the share in the payload.</param>
    internal static void WriteDatagram(
        ReadOnlySpan<byte> frame, in PacketHeaders h, Span<byte> datagram, int offset, int index, bool checksummed)
    {
        int payload = datagram.Length - h.PayloadOffset;
        frame[..h.PayloadOffset].CopyTo(datagram);
        frame.Slice(h.PayloadOffset + offset, payload).CopyTo(datagram[h.PayloadOffset..]);
        SegmentRun.PatchIp(datagram, in h, datagram.Length - h.L3Offset, index);
        FinishDatagram(datagram[h.L4Offset..], in h, checksummed);
    }

    /// <summary>Gives a datagram that is otherwise complete its own length and checksum; the headers are asked for the addresses alone.</summary>
    internal static void FinishDatagram(Span<byte> udp, in PacketHeaders h, bool checksummed)
    {
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(udp[UdpHeader.ChecksumOffset..], 0);
        if (checksummed)
        {
            uint sum = Checksum.PseudoHeader(h.Source, h.Destination, IpProtocol.Udp, udp.Length) + Checksum.Sum(udp);
            ushort checksum = Checksum.Complement(sum);
            BinaryPrimitives.WriteUInt16BigEndian(udp[UdpHeader.ChecksumOffset..], checksum == 0 ? ushort.MaxValue : checksum);
        }
    }
}

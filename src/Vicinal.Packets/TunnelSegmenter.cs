using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// Cuts the super-packets of a guest's own UDP tunnel (VXLAN, Geneve and the like). Linux shows such a one as TCP or UDP to be cut, with the checksum's
/// start at the <i>inner</i> transport header, while the frame itself is UDP. Neither the kernel nor anything behind the devices takes it back so: it is cut
/// where it comes in.
/// </summary>
public static class TunnelSegmenter
{
    /// <summary>Linux cuts no UDP send into more.</summary>
    private const int MostDatagrams = 128;

    /// <summary>Ethernet, IPv4, UDP, the shortest tunnel header that is in use, and an inner IPv4 header.</summary>
    private const int NearestInnerTransport = EthernetHeader.Size + Ipv4Header.Size + UdpHeader.Size + 4 + Ipv4Header.Size;

    /// <summary>False for all but a few packets: nothing in them is left undone, or it is near the front. Others are to be asked by <see cref="Inspect"/>.</summary>
    public static bool IsSuspect(in Offload offload) => offload.NeedsChecksum && offload.ChecksumStart >= NearestInnerTransport;

    /// <summary>Says what the packet needs; trusts neither its offload nor its headers.</summary>
    /// <param name="layers">Filled for <see cref="TunnelWork.Cut"/>.</param>
    public static TunnelWork Inspect(PacketBuffer packet, out TunnelLayers layers)
    {
        layers = default;
        int start = packet.Offload.ChecksumStart;
        if (!IsSuspect(in packet.Offload) || PacketHeaders.Parse(packet.Span, out layers.Outer) != ParseResult.Ok
            || layers.Outer.Protocol != IpProtocol.Udp || !layers.Outer.HasTransport || start <= layers.Outer.L4Offset)
        {
            return TunnelWork.None;
        }

        if (packet.Offload.Gso == GsoType.None)
        {
            return TunnelWork.Checksum;
        }

        return IsWhole(packet.Span, in layers.Outer)
            && PacketHeaders.TryParseInner(packet.Span, in layers.Outer, start, out layers.Inner)
            && IsDescribed(packet, in layers.Inner)
            && TryCount(packet.Offload.GsoSize, ref layers) ? TunnelWork.Cut : TunnelWork.Malformed;
    }

    /// <summary>
    /// Writes one piece as a packet of its own, with nothing left undone. Lengths, identifications and checksums are its own in both layers; sequence and
    /// flags are as <see cref="TcpSegmenter"/> gives them. An outer checksum of zero stays zero.
    /// </summary>
    /// <param name="layers">As <see cref="Inspect"/> found them in this packet.</param>
    /// <param name="index">Below <see cref="TunnelLayers.Count"/>.</param>
    /// <param name="piece">Of the packet's own capacity.</param>
    public static void Write(PacketBuffer packet, in TunnelLayers layers, int index, PacketBuffer piece)
    {
        ref readonly PacketHeaders inner = ref layers.Inner;
        int offset = index * packet.Offload.GsoSize;
        piece.Reset(inner.PayloadOffset + Math.Min(packet.Offload.GsoSize, inner.PayloadLength - offset));
        if (inner.Protocol == IpProtocol.Tcp)
        {
            TcpSegmenter.WriteSegment(packet.Span, in inner, piece.Span, offset, index, last: index == layers.Count - 1);
        }
        else
        {
            UdpSegmenter.WriteDatagram(packet.Span, in inner, piece.Span, offset, index, checksummed: true);
        }

        // The inner layer is finished, so that the outer checksum can cover it.
        ref readonly PacketHeaders outer = ref layers.Outer;
        SegmentRun.PatchIp(piece.Span, in outer, piece.Length - outer.L3Offset, index);
        UdpSegmenter.FinishDatagram(piece.Span[outer.L4Offset..], in outer, HasChecksum(packet.Span, in outer));
    }

    /// <summary>UDP that fills its IP packet, and is no fragment.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> frame, in PacketHeaders h) =>
        !h.IsFragment && BinaryPrimitives.ReadUInt16BigEndian(frame[(h.L4Offset + 4)..]) == h.End - h.L4Offset;

    private static bool IsDescribed(PacketBuffer packet, in PacketHeaders inner) => packet.Offload.Gso switch
    {
        GsoType.TcpV4 => inner.IsIpv4 && IsTcp(packet, in inner),
        GsoType.TcpV6 => inner.IsIpv6 && IsTcp(packet, in inner),
        GsoType.UdpL4 => inner.Protocol == IpProtocol.Udp && packet.Offload.ChecksumOffset == UdpHeader.ChecksumOffset && IsWhole(packet.Span, in inner),
        _ => false,
    };

    private static bool IsTcp(PacketBuffer packet, in PacketHeaders inner) =>
        inner.Protocol == IpProtocol.Tcp && !inner.IsFragment && packet.Offload.ChecksumOffset == TcpHeader.ChecksumOffset;

    private static bool TryCount(int size, ref TunnelLayers layers)
    {
        bool tcp = layers.Inner.Protocol == IpProtocol.Tcp;
        if (size < (tcp ? TcpSegmenter.MinimumSegmentSize : 1))
        {
            return false;
        }

        layers.Count = Math.Max(1, (layers.Inner.PayloadLength + size - 1) / size);
        return tcp || layers.Count <= MostDatagrams;
    }

    private static bool HasChecksum(ReadOnlySpan<byte> frame, in PacketHeaders udp) =>
        BinaryPrimitives.ReadUInt16BigEndian(frame[(udp.L4Offset + UdpHeader.ChecksumOffset)..]) != 0;
}

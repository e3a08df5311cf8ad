using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vicinal.Packets;

public partial struct PacketHeaders
{
    /// <summary>
    /// Parses the packet that an ICMP error quotes. The quotation may end anywhere behind the first eight bytes of the transport
    /// header, its length field speaks of the original, and its checksum may have been changed on the way (RFC 1812 section
    /// 4.3.2.3), so none of these is held against it. Offsets count from the start of the outer frame; the MACs stay zero.
    /// False when it cannot be attributed to a connection: cut too short, another family, or no error at all.
    /// </summary>
    public static bool TryParseEmbedded(ReadOnlySpan<byte> frame, in PacketHeaders outer, out PacketHeaders inner)
    {
        inner = default;
        int l3 = outer.EmbeddedOffset;
        if (!outer.IsIcmpError || outer.End > frame.Length || l3 > outer.End)
        {
            return false;
        }

        ref byte start = ref MemoryMarshal.GetReference(frame);
        inner.EtherType = outer.EtherType;
        inner.L3Offset = (ushort)l3;
        int available = outer.End - l3;
        return outer.IsIpv4
            ? ReadEmbeddedIpv4(ref start, ref inner, available)
            : ReadEmbeddedIpv6(ref start, ref inner, available);
    }

    private static bool ReadEmbeddedIpv4(ref byte start, ref PacketHeaders h, int available)
    {
        if (available < Ipv4Header.Size)
        {
            return false;
        }

        byte versionAndLength = WireOrder.U8(ref start, h.L3Offset);
        int headerLength = (versionAndLength & 0xF) * 4;
        int totalLength = WireOrder.U16(ref start, h.L3Offset + 2);
        if (versionAndLength >> 4 != 4 || headerLength < Ipv4Header.Size || headerLength > available || totalLength < headerLength)
        {
            return false;
        }

        h.Flags |= headerLength > Ipv4Header.Size ? HeaderFlags.Options : 0;
        ReadIpv4Fields(ref Unsafe.Add(ref start, h.L3Offset), ref h, h.L3Offset, headerLength, Math.Min(totalLength, available));
        return ReadEmbeddedTransport(ref start, ref h);
    }

    private static bool ReadEmbeddedIpv6(ref byte start, ref PacketHeaders h, int available)
    {
        if (available < Ipv6Header.Size)
        {
            return false;
        }

        ref byte ip = ref Unsafe.Add(ref start, h.L3Offset);
        ulong first = WireOrder.U64(ref ip, 0);
        int totalLength = Ipv6Header.Size + (ushort)(first >> 16);
        if (first >> 60 != 6)
        {
            return false;
        }

        ReadIpv6Fields(ref ip, ref h, h.L3Offset, first, Math.Min(totalLength, available));
        return !h.Source.IsIpv4 && !h.Destination.IsIpv4
            && WalkExtensionHeaders(ref start, ref h, true) == ParseResult.Ok
            && ReadEmbeddedTransport(ref start, ref h);
    }

    private static bool ReadEmbeddedTransport(ref byte start, ref PacketHeaders h)
    {
        if (h.IsLaterFragment)
        {
            return true;
        }

        int l4 = h.L4Offset;
        if (h.End - l4 < 8)
        {
            return false;
        }

        ref byte transport = ref Unsafe.Add(ref start, l4);
        if (IpProtocol.HasPorts(h.Protocol))
        {
            ReadPorts(ref transport, ref h);
            return true;
        }

        return h.Protocol is not (IpProtocol.Icmp or IpProtocol.Icmpv6) || ParseIcmp(ref transport, ref h, l4, 8) == ParseResult.Ok;
    }
}

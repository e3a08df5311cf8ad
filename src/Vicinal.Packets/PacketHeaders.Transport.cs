namespace Vicinal.Packets;

public partial struct PacketHeaders
{
    private static ParseResult ParseTransport(ref byte start, ref PacketHeaders h)
    {
        int l4 = h.L4Offset;
        int length = h.End - l4;
        switch (h.Protocol)
        {
            case IpProtocol.Tcp:
                return ParseTcp(ref start, ref h, l4, length);
            case IpProtocol.Udp:
                return ParseUdp(ref start, ref h, l4, length);
            case IpProtocol.Icmp when h.IsIpv4:
            case IpProtocol.Icmpv6 when h.IsIpv6:
                return ParseIcmp(ref start, ref h, l4, length);
            case IpProtocol.Sctp:
            case IpProtocol.Dccp:
                return ParsePorts(ref start, ref h, l4, length, 12);
            case IpProtocol.UdpLite:
                return ParsePorts(ref start, ref h, l4, length, 8);
            default:
                return ParseResult.Ok;
        }
    }

    private static ParseResult ParseTcp(ref byte start, ref PacketHeaders h, int l4, int length)
    {
        if (length < TcpHeader.Size)
        {
            return h.IsFragment ? ParseResult.BadFragment : ParseResult.ShortTransport;
        }

        int headerLength = WireOrder.U8(ref start, l4 + 12) >> 4 << 2;
        if (headerLength < TcpHeader.Size || headerLength > length)
        {
            return ParseResult.BadTcpOffset;
        }

        ReadPorts(ref start, ref h, l4);
        h.TcpFlags = (TcpFlags)WireOrder.U8(ref start, l4 + 13);
        h.PayloadOffset = (ushort)(l4 + headerLength);
        return ParseResult.Ok;
    }

    private static ParseResult ParseUdp(ref byte start, ref PacketHeaders h, int l4, int length)
    {
        if (length < UdpHeader.Size)
        {
            return h.IsFragment ? ParseResult.BadFragment : ParseResult.ShortTransport;
        }

        int udpLength = WireOrder.U16(ref start, l4 + 4);
        if (udpLength < UdpHeader.Size || (udpLength > length && !h.IsFragment))
        {
            return ParseResult.BadUdpLength;
        }

        ReadPorts(ref start, ref h, l4);
        h.PayloadOffset = (ushort)(l4 + UdpHeader.Size);
        return ParseResult.Ok;
    }

    private static ParseResult ParsePorts(ref byte start, ref PacketHeaders h, int l4, int length, int headerLength)
    {
        if (length < headerLength)
        {
            return h.IsFragment ? ParseResult.BadFragment : ParseResult.ShortTransport;
        }

        ReadPorts(ref start, ref h, l4);
        h.PayloadOffset = (ushort)(l4 + headerLength);
        return ParseResult.Ok;
    }

    private static ParseResult ParseIcmp(ref byte start, ref PacketHeaders h, int l4, int length)
    {
        // Every message that is tracked or answered has eight bytes; a few of ICMPv6 (RPL) have as little as six.
        if (length < (h.IsIpv4 ? 8 : 4))
        {
            return h.IsFragment ? ParseResult.BadFragment : ParseResult.ShortTransport;
        }

        byte type = WireOrder.U8(ref start, l4);
        bool query = h.IsIpv4 ? Icmpv4Type.IsQuery(type) : Icmpv6Type.IsQuery(type);
        bool error = h.IsIpv4 ? Icmpv4Type.IsError(type) : Icmpv6Type.IsError(type);
        if ((query || error) && length < 8)
        {
            return ParseResult.ShortTransport;
        }

        h.IcmpType = type;
        h.IcmpCode = WireOrder.U8(ref start, l4 + 1);
        h.Flags |= HeaderFlags.Transport;
        h.PayloadOffset = (ushort)(l4 + Math.Min(length, 8));
        if (query)
        {
            h.IcmpId = WireOrder.U16(ref start, l4 + 4);
            h.Flags |= HeaderFlags.IcmpQuery;
        }
        else if (error)
        {
            h.Flags |= HeaderFlags.IcmpError;
        }

        return ParseResult.Ok;
    }

    private static void ReadPorts(ref byte start, ref PacketHeaders h, int l4)
    {
        uint ports = WireOrder.U32(ref start, l4);
        h.SourcePort = (ushort)(ports >> 16);
        h.DestinationPort = (ushort)ports;
        h.Flags |= HeaderFlags.Transport;
    }
}

using System.Runtime.CompilerServices;

namespace Vicinal.Packets;

public partial struct PacketHeaders
{
    /// <param name="transport">The first byte of the transport header, which need not be in the packet.</param>
    /// <param name="l4">Its offset in the frame.</param>
    /// <param name="length">From there to the end of the packet.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ParseResult ParseTransport(ref byte transport, int l4, int length, ref PacketHeaders h)
    {
        if (h.Protocol == IpProtocol.Tcp)
        {
            return ParseTcp(ref transport, ref h, l4, length);
        }

        return h.Protocol == IpProtocol.Udp ? ParseUdp(ref transport, ref h, l4, length) : ParseOther(ref transport, ref h, l4, length);
    }

    private static ParseResult ParseOther(ref byte transport, ref PacketHeaders h, int l4, int length) => h.Protocol switch
    {
        IpProtocol.Icmp when h.IsIpv4 => ParseIcmp(ref transport, ref h, l4, length),
        IpProtocol.Icmpv6 when h.IsIpv6 => ParseIcmp(ref transport, ref h, l4, length),
        IpProtocol.Sctp or IpProtocol.Dccp => ParsePorts(ref transport, ref h, l4, length, 12),
        IpProtocol.UdpLite => ParsePorts(ref transport, ref h, l4, length, 8),
        _ => ParseResult.Ok,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ParseResult ParseTcp(ref byte transport, ref PacketHeaders h, int l4, int length)
    {
        if (length < TcpHeader.Size)
        {
            return h.IsFragment ? ParseResult.BadFragment : ParseResult.ShortTransport;
        }

        int headerLength = WireOrder.U8(ref transport, 12) >> 4 << 2;
        if (headerLength < TcpHeader.Size || headerLength > length)
        {
            return ParseResult.BadTcpOffset;
        }

        ReadPorts(ref transport, ref h);
        h.TcpFlags = (TcpFlags)WireOrder.U8(ref transport, 13);
        h.PayloadOffset = (ushort)(l4 + headerLength);
        return ParseResult.Ok;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ParseResult ParseUdp(ref byte transport, ref PacketHeaders h, int l4, int length)
    {
        if (length < UdpHeader.Size)
        {
            return h.IsFragment ? ParseResult.BadFragment : ParseResult.ShortTransport;
        }

        int udpLength = WireOrder.U16(ref transport, 4);
        if (udpLength < UdpHeader.Size || (udpLength > length && !h.IsFragment))
        {
            return ParseResult.BadUdpLength;
        }

        ReadPorts(ref transport, ref h);
        h.PayloadOffset = (ushort)(l4 + UdpHeader.Size);
        return ParseResult.Ok;
    }

    private static ParseResult ParsePorts(ref byte transport, ref PacketHeaders h, int l4, int length, int headerLength)
    {
        if (length < headerLength)
        {
            return h.IsFragment ? ParseResult.BadFragment : ParseResult.ShortTransport;
        }

        ReadPorts(ref transport, ref h);
        h.PayloadOffset = (ushort)(l4 + headerLength);
        return ParseResult.Ok;
    }

    private static ParseResult ParseIcmp(ref byte transport, ref PacketHeaders h, int l4, int length)
    {
        // Every message that is tracked or answered has eight bytes; a few of ICMPv6 (RPL) have as little as six.
        if (length < (h.IsIpv4 ? 8 : 4))
        {
            return h.IsFragment ? ParseResult.BadFragment : ParseResult.ShortTransport;
        }

        byte type = WireOrder.U8(ref transport, 0);
        bool query = h.IsIpv4 ? Icmpv4Type.IsQuery(type) : Icmpv6Type.IsQuery(type);
        bool error = h.IsIpv4 ? Icmpv4Type.IsError(type) : Icmpv6Type.IsError(type);
        if ((query || error) && length < 8)
        {
            return ParseResult.ShortTransport;
        }

        h.IcmpType = type;
        h.IcmpCode = WireOrder.U8(ref transport, 1);
        h.Flags |= HeaderFlags.Transport;
        h.PayloadOffset = (ushort)(l4 + Math.Min(length, 8));
        if (query)
        {
            h.IcmpId = WireOrder.U16(ref transport, 4);
            h.Flags |= HeaderFlags.IcmpQuery;
        }
        else if (error)
        {
            h.Flags |= HeaderFlags.IcmpError;
        }

        return ParseResult.Ok;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadPorts(ref byte transport, ref PacketHeaders h)
    {
        uint ports = WireOrder.U32(ref transport, 0);
        h.SourcePort = (ushort)(ports >> 16);
        h.DestinationPort = (ushort)ports;
        h.Flags |= HeaderFlags.Transport;
    }
}

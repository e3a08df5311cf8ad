using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>The ends of a conversation as a built frame names them.</summary>
public readonly record struct FrameEnds(MacAddress SourceMac, MacAddress DestinationMac, IpAddress Source, IpAddress Destination)
{
    /// <summary>The way back.</summary>
    public FrameEnds Reversed => new(DestinationMac, SourceMac, Destination, Source);
}

/// <summary>
/// Whole frames with right checksums for tests and probes. They allocate; what the data path sends is written into buffers.
/// The family is that of the addresses.
/// </summary>
public static class PacketBuilder
{
    public const byte DefaultTtl = 64;

    public static byte[] ArpRequest(MacAddress sender, IpAddress senderAddress, IpAddress target) =>
        Arp(MacAddress.Broadcast, sender, new ArpMessage(ArpMessage.Request, sender, senderAddress, MacAddress.Zero, target));

    public static byte[] Arp(MacAddress destination, MacAddress source, ArpMessage message)
    {
        byte[] frame = new byte[EthernetHeader.Size + ArpMessage.Size];
        new EthernetHeader(destination, source, EtherType.Arp).Write(frame);
        message.Write(frame.AsSpan(EthernetHeader.Size));
        return frame;
    }

    public static byte[] Udp(in FrameEnds ends, ushort sourcePort, ushort destinationPort, ReadOnlySpan<byte> payload, byte ttl = DefaultTtl)
    {
        byte[] frame = Ip(in ends, IpProtocol.Udp, UdpHeader.Size + payload.Length, ttl, out int l4);
        new UdpHeader(sourcePort, destinationPort, (ushort)(UdpHeader.Size + payload.Length), 0).Write(frame.AsSpan(l4));
        payload.CopyTo(frame.AsSpan(l4 + UdpHeader.Size));
        return WithChecksum(frame);
    }

    /// <param name="options">Of a length that is a multiple of four, up to forty.</param>
    public static byte[] Tcp(
        in FrameEnds ends, TcpHeader header, ReadOnlySpan<byte> payload, byte ttl = DefaultTtl, ReadOnlySpan<byte> options = default)
    {
        int headerLength = TcpHeader.Size + options.Length;
        byte[] frame = Ip(in ends, IpProtocol.Tcp, headerLength + payload.Length, ttl, out int l4);
        (header with { HeaderLength = headerLength }).Write(frame.AsSpan(l4));
        options.CopyTo(frame.AsSpan(l4 + TcpHeader.Size));
        payload.CopyTo(frame.AsSpan(l4 + headerLength));
        return WithChecksum(frame);
    }

    /// <summary>A segment without payload, such as a SYN.</summary>
    public static byte[] Tcp(in FrameEnds ends, ushort sourcePort, ushort destinationPort, TcpFlags flags, uint sequence = 0, uint acknowledgment = 0) =>
        Tcp(in ends, new TcpHeader
        {
            SourcePort = sourcePort,
            DestinationPort = destinationPort,
            Flags = flags,
            Sequence = sequence,
            Acknowledgment = acknowledgment,
            Window = 65535,
        }, []);

    public static byte[] EchoRequest(in FrameEnds ends, ushort id, ushort sequence, ReadOnlySpan<byte> payload, byte ttl = DefaultTtl) =>
        Icmp(in ends, IcmpHeader.Echo(ends.Source.IsIpv4 ? Icmpv4Type.EchoRequest : Icmpv6Type.EchoRequest, id, sequence), payload, ttl);

    public static byte[] EchoReply(in FrameEnds ends, ushort id, ushort sequence, ReadOnlySpan<byte> payload, byte ttl = DefaultTtl) =>
        Icmp(in ends, IcmpHeader.Echo(ends.Source.IsIpv4 ? Icmpv4Type.EchoReply : Icmpv6Type.EchoReply, id, sequence), payload, ttl);

    /// <summary>ICMP or ICMPv6 by the family of the addresses.</summary>
    public static byte[] Icmp(in FrameEnds ends, IcmpHeader header, ReadOnlySpan<byte> body, byte ttl = DefaultTtl)
    {
        byte protocol = ends.Source.IsIpv4 ? IpProtocol.Icmp : IpProtocol.Icmpv6;
        byte[] frame = Ip(in ends, protocol, IcmpHeader.Size + body.Length, ttl, out int l4);
        header.Write(frame.AsSpan(l4));
        body.CopyTo(frame.AsSpan(l4 + IcmpHeader.Size));
        return WithChecksum(frame);
    }

    /// <summary>The frame with an 802.1Q tag.</summary>
    public static byte[] Tagged(ReadOnlySpan<byte> frame, VlanTag tag)
    {
        byte[] tagged = new byte[frame.Length + VlanTag.Size];
        frame[..12].CopyTo(tagged);
        BinaryPrimitives.WriteUInt16BigEndian(tagged.AsSpan(12), EtherType.Vlan);
        BinaryPrimitives.WriteUInt16BigEndian(tagged.AsSpan(14), tag.Tci);
        frame[12..].CopyTo(tagged.AsSpan(16));
        return tagged;
    }

    /// <summary>An Ethernet and IP header with room for the rest, which begins at <paramref name="l4"/>.</summary>
    public static byte[] Ip(in FrameEnds ends, byte protocol, int length, byte ttl, out int l4)
    {
        bool v4 = ends.Source.IsIpv4;
        l4 = EthernetHeader.Size + (v4 ? Ipv4Header.Size : Ipv6Header.Size);
        byte[] frame = new byte[l4 + length];
        new EthernetHeader(ends.DestinationMac, ends.SourceMac, v4 ? EtherType.Ipv4 : EtherType.Ipv6).Write(frame);
        Span<byte> l3 = frame.AsSpan(EthernetHeader.Size);
        if (v4)
        {
            new Ipv4Header
            {
                TotalLength = (ushort)(Ipv4Header.Size + length),
                Ttl = ttl,
                Protocol = protocol,
                Source = ends.Source,
                Destination = ends.Destination,
            }.Write(l3);
        }
        else
        {
            new Ipv6Header
            {
                PayloadLength = (ushort)length,
                NextHeader = protocol,
                HopLimit = ttl,
                Source = ends.Source,
                Destination = ends.Destination,
            }.Write(l3);
        }

        return frame;
    }

    private static byte[] WithChecksum(byte[] frame)
    {
        if (PacketHeaders.Parse(frame, out PacketHeaders h) == ParseResult.Ok)
        {
            Checksum.WriteTransport(frame, in h);
        }

        return frame;
    }
}

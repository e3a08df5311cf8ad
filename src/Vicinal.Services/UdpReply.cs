using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>Frames that answer a datagram: untagged, from where it was sent to.</summary>
public static class UdpReply
{
    private const byte Ttl = 64;

    /// <summary>Where the payload goes in <paramref name="answer"/> before <see cref="Seal"/>.</summary>
    public static Span<byte> PayloadOf(in PacketHeaders asked, PacketBuffer answer, int size)
    {
        int headers = HeadersOf(in asked);
        answer.Reset(headers + size);
        return answer.Span[headers..];
    }

    /// <summary>Writes the headers around a payload of the size.</summary>
    public static void Seal(in PacketHeaders asked, MacAddress sender, PacketBuffer answer, int size)
    {
        int headers = HeadersOf(in asked);
        answer.Reset(headers + size);
        Span<byte> frame = answer.Span;
        int length = UdpHeader.Size + size;
        new EthernetHeader(asked.SourceMac, sender, asked.EtherType).Write(frame);
        if (asked.IsIpv4)
        {
            new Ipv4Header
            {
                TotalLength = (ushort)(Ipv4Header.Size + length),
                Ttl = Ttl,
                Protocol = IpProtocol.Udp,
                Source = asked.Destination,
                Destination = asked.Source,
            }.Write(frame[EthernetHeader.Size..]);
        }
        else
        {
            new Ipv6Header
            {
                PayloadLength = (ushort)length,
                NextHeader = IpProtocol.Udp,
                HopLimit = Ttl,
                Source = asked.Destination,
                Destination = asked.Source,
            }.Write(frame[EthernetHeader.Size..]);
        }

        new UdpHeader(asked.DestinationPort, asked.SourcePort, (ushort)length, 0).Write(frame[(headers - UdpHeader.Size)..]);
        if (PacketHeaders.Parse(frame, out PacketHeaders h) == ParseResult.Ok)
        {
            _ = Checksum.WriteTransport(frame, in h);
        }
    }

    private static int HeadersOf(in PacketHeaders asked) => EthernetHeader.Size + (asked.IsIpv4 ? Ipv4Header.Size : Ipv6Header.Size) + UdpHeader.Size;
}

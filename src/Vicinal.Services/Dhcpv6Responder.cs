using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>A DHCPv6 server for the one port that a message came from (RFC 8415 section 18.3), for addresses and without. It keeps nothing.</summary>
public static class Dhcpv6Responder
{
    private const ushort ServerPort = 547;
    private const ushort ClientPort = 546;
    private const int HeadersSize = Ipv6Header.Size + UdpHeader.Size;
    private const int LeastMtu = 1280;

    /// <summary>A DUID of the link-layer kind (section 11.4), the same on all nodes: whoever moves keeps its server.</summary>
    public static ReadOnlySpan<byte> Duid => [0, 3, 0, 1, 0x02, 0x00, 0xA9, 0xFE, 0xA9, 0xFE];

    /// <summary>All_DHCP_Relay_Agents_and_Servers (section 7.1).</summary>
    public static IpAddress Servers => new(0xFF02_0000_0000_0000, 0x0001_0002);

    public static bool IsRequest(in PacketHeaders h) =>
        h.IsIpv6 && h.Protocol == IpProtocol.Udp && h.HasPorts && h.DestinationPort == ServerPort && h.SourcePort != ServerPort
        && (h.Destination == Servers || h.Destination == ServiceAddress.Ipv6);

    public static bool TryRead(in PacketHeaders h, ReadOnlySpan<byte> frame, out Dhcpv6Request request) =>
        Dhcpv6Request.TryRead(h.End <= frame.Length && h.PayloadLength >= 0 ? frame[h.PayloadOffset..h.End] : default, out request);

    public static DhcpOutcome Answer(in PacketHeaders h, in Dhcpv6Request request, in Dhcpv6Lease lease, PacketBuffer answer)
    {
        if (!h.Source.IsLinkLocal)
        {
            return DhcpOutcome.Malformed;
        }

        if (!IsValid(in request))
        {
            return DhcpOutcome.Silent;
        }

        int header = EthernetHeader.Size + HeadersSize;
        answer.Reset(EthernetHeader.Size + Math.Max(LeastMtu, lease.Mtu));
        int length = Dhcpv6Reply.Write(in request, in lease, answer.Span[header..]);
        if (length == 0)
        {
            return DhcpOutcome.Silent;
        }

        answer.SetLength(header + length);
        Seal(answer.Span, h.Source, h.SourceMac);
        return DhcpOutcome.Answered;
    }

    /// <summary>Section 16: who must be named, and who must not.</summary>
    private static bool IsValid(in Dhcpv6Request request) => request.Type switch
    {
        Dhcpv6MessageType.Solicit or Dhcpv6MessageType.Confirm or Dhcpv6MessageType.Rebind => !request.ClientId.IsEmpty && request.ServerId.IsEmpty,
        Dhcpv6MessageType.Request or Dhcpv6MessageType.Renew or Dhcpv6MessageType.Release or Dhcpv6MessageType.Decline =>
            !request.ClientId.IsEmpty && request.ServerId.SequenceEqual(Duid),
        Dhcpv6MessageType.InformationRequest => request.ServerId.IsEmpty || request.ServerId.SequenceEqual(Duid),
        _ => false,
    };

    private static void Seal(Span<byte> frame, IpAddress client, MacAddress clientMac)
    {
        new EthernetHeader(clientMac, ServiceAddress.Mac, EtherType.Ipv6).Write(frame);
        Span<byte> packet = frame[EthernetHeader.Size..];
        Span<byte> udp = packet[Ipv6Header.Size..];
        new Ipv6Header
        {
            PayloadLength = (ushort)udp.Length,
            NextHeader = IpProtocol.Udp,
            HopLimit = 64,
            Source = ServiceAddress.Ipv6,
            Destination = client,
        }.Write(packet);
        new UdpHeader(ServerPort, ClientPort, (ushort)udp.Length, 0).Write(udp);
        uint sum = Checksum.PseudoHeader(ServiceAddress.Ipv6, client, IpProtocol.Udp, udp.Length) + Checksum.Sum(udp);
        ushort checksum = Checksum.Complement(sum);
        BinaryPrimitives.WriteUInt16BigEndian(udp[UdpHeader.ChecksumOffset..], checksum == 0 ? ushort.MaxValue : checksum);
    }
}

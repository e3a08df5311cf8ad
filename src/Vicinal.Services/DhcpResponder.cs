using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>What became of a client's message.</summary>
public enum DhcpOutcome : byte
{
    /// <summary>The answer is written.</summary>
    Answered,

    /// <summary>Nothing is to be said: meant for another server, a release, a decline.</summary>
    Silent,

    /// <summary>No message of DHCP.</summary>
    Malformed,

    /// <summary>For another MAC than the port's, or through a relay, which no instance is.</summary>
    Foreign,
}

/// <summary>A DHCP server for the one port that a message came from (RFC 2131 section 4.3). It keeps nothing: what a port may have is in its rows.</summary>
public static class DhcpResponder
{
    private const ushort ServerPort = 67;
    private const ushort ClientPort = 68;

    private const int HeadersSize = Ipv4Header.Size + UdpHeader.Size;

    public static bool IsRequest(in PacketHeaders h) =>
        h.IsIpv4 && h.Protocol == IpProtocol.Udp && h.HasPorts && h.SourcePort == ClientPort && h.DestinationPort == ServerPort;

    /// <summary>Reads the client's message. The frame's checksum must be a finished one or in the care of the device.</summary>
    public static bool TryRead(in PacketHeaders h, ReadOnlySpan<byte> frame, out DhcpRequest request) =>
        DhcpRequest.TryRead(h.End <= frame.Length && h.PayloadLength >= 0 ? frame[h.PayloadOffset..h.End] : default, out request);

    public static DhcpOutcome Answer(in DhcpRequest request, in DhcpLease lease, PacketBuffer answer)
    {
        if (request.ClientMac != lease.Mac || !request.RelayAddress.IsUnspecified)
        {
            return DhcpOutcome.Foreign;
        }

        DhcpMessageType type = Decide(in request, in lease);
        if (type == DhcpMessageType.None)
        {
            return DhcpOutcome.Silent;
        }

        int most = Math.Min(request.MaxMessageSize, lease.Mtu) - HeadersSize;
        answer.Reset(EthernetHeader.Size + HeadersSize + Math.Max(most, DhcpRequest.LeastMessageSize - HeadersSize));
        int length = DhcpReply.Write(in request, in lease, type, answer.Span[(EthernetHeader.Size + HeadersSize)..]);
        answer.SetLength(EthernetHeader.Size + HeadersSize + length);
        Seal(answer.Span, lease.ServerId, DestinationOf(in request, in lease, type), lease.Mac);
        return DhcpOutcome.Answered;
    }

    /// <summary>Section 4.3: which answer is due.</summary>
    private static DhcpMessageType Decide(in DhcpRequest request, in DhcpLease lease)
    {
        switch (request.Type)
        {
            case DhcpMessageType.Discover:
                return DhcpMessageType.Offer;
            case DhcpMessageType.Inform:
                return DhcpMessageType.Ack;
            case DhcpMessageType.Request when request.ServerId is { } server && !lease.IsServer(server):
                // It took another server's offer.
                return DhcpMessageType.None;
            case DhcpMessageType.Request:
                IpAddress wanted = request.RequestedAddress ?? request.ClientAddress;
                return wanted.IsUnspecified ? DhcpMessageType.None : wanted == lease.Address ? DhcpMessageType.Ack : DhcpMessageType.Nak;
            default:
                return DhcpMessageType.None;
        }
    }

    /// <summary>Section 4.1. Whatever the address says, it reaches the port alone.</summary>
    private static IpAddress DestinationOf(in DhcpRequest request, in DhcpLease lease, DhcpMessageType type)
    {
        if (type == DhcpMessageType.Nak)
        {
            return Broadcast;
        }

        if (!request.ClientAddress.IsUnspecified)
        {
            return request.ClientAddress;
        }

        return request.WantsBroadcast || request.Type == DhcpMessageType.Inform ? Broadcast : lease.Address;
    }

    private static IpAddress Broadcast => IpAddress.FromIpv4(uint.MaxValue);

    private static void Seal(Span<byte> frame, IpAddress source, IpAddress destination, MacAddress client)
    {
        MacAddress to = destination == Broadcast ? MacAddress.Broadcast : client;
        new EthernetHeader(to, ServiceAddress.Mac, EtherType.Ipv4).Write(frame);
        Span<byte> packet = frame[EthernetHeader.Size..];
        new Ipv4Header
        {
            TotalLength = (ushort)packet.Length,
            Ttl = 64,
            Protocol = IpProtocol.Udp,
            Source = source,
            Destination = destination,
        }.Write(packet);
        Span<byte> udp = packet[Ipv4Header.Size..];
        new UdpHeader(ServerPort, ClientPort, (ushort)udp.Length, 0).Write(udp);
        uint sum = Checksum.PseudoHeader(source, destination, IpProtocol.Udp, udp.Length) + Checksum.Sum(udp);
        ushort checksum = Checksum.Complement(sum);
        BinaryPrimitives.WriteUInt16BigEndian(udp[UdpHeader.ChecksumOffset..], checksum == 0 ? ushort.MaxValue : checksum);
    }
}

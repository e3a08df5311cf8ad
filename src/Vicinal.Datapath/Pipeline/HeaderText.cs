using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>Headers in one line, for traces.</summary>
internal static class HeaderText
{
    public static string Of(in PacketHeaders h)
    {
        string macs = $"{h.SourceMac} > {h.DestinationMac}";
        return h.L3 switch
        {
            L3Kind.Arp => $"{macs} ARP {(h.ArpOperation == ArpMessage.Request ? "who has" : "reply for")} {h.Destination} from {h.Source}",
            L3Kind.Ipv4 or L3Kind.Ipv6 => $"{macs} {Network(in h)} ttl {h.Ttl}",
            _ => $"{macs} type {h.EtherType:x4}",
        };
    }

    private static string Network(in PacketHeaders h)
    {
        if (h.IsIcmp)
        {
            return $"{h.Source} > {h.Destination} ICMP type {h.IcmpType} code {h.IcmpCode}" + (h.IsIcmpQuery ? $" id {h.IcmpId}" : "");
        }

        return h.HasPorts
            ? $"{h.Source}:{h.SourcePort} > {h.Destination}:{h.DestinationPort} {ProtocolName(h.Protocol)}"
            : $"{h.Source} > {h.Destination} {ProtocolName(h.Protocol)}";
    }

    private static string ProtocolName(byte protocol) => protocol switch
    {
        IpProtocol.Tcp => "TCP",
        IpProtocol.Udp => "UDP",
        IpProtocol.Sctp => "SCTP",
        IpProtocol.Icmp => "ICMP",
        IpProtocol.Icmpv6 => "ICMPv6",
        IpProtocol.Gre => "GRE",
        IpProtocol.Esp => "ESP",
        _ => $"protocol {protocol}",
    };
}

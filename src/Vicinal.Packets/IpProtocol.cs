namespace Vicinal.Packets;

/// <summary>IP protocol and IPv6 next-header numbers (IANA "protocol-numbers").</summary>
public static class IpProtocol
{
    public const byte HopByHop = 0;
    public const byte Icmp = 1;
    public const byte Igmp = 2;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Dccp = 33;
    public const byte Ipv6Routing = 43;
    public const byte Ipv6Fragment = 44;
    public const byte Gre = 47;
    public const byte Esp = 50;
    public const byte AuthenticationHeader = 51;
    public const byte Icmpv6 = 58;
    public const byte Ipv6NoNextHeader = 59;
    public const byte Ipv6DestinationOptions = 60;
    public const byte Vrrp = 112;
    public const byte Sctp = 132;
    public const byte UdpLite = 136;

    /// <summary>Whether the transport header starts with a source and a destination port.</summary>
    public static bool HasPorts(byte protocol) => protocol is Tcp or Udp or Sctp or UdpLite or Dccp;

    /// <summary>Where in the transport header the checksum that covers the addresses stands; -1 where there is none.</summary>
    public static int PseudoHeaderChecksumOffset(byte protocol) => protocol switch
    {
        Tcp => 16,
        Udp or UdpLite or Dccp => 6,
        Icmpv6 => 2,
        _ => -1,
    };
}

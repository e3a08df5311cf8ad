namespace Vicinal.Packets;

public enum L3Kind : byte
{
    Other = 0,
    Arp = 1,
    Ipv4 = 2,
    Ipv6 = 3,
}

[Flags]
public enum HeaderFlags : ushort
{
    None = 0,
    Vlan = 1,
    Fragment = 2,
    LaterFragment = 4,
    MoreFragments = 8,
    DontFragment = 16,
    Options = 32,
    Transport = 64,
    IcmpError = 128,
    IcmpQuery = 256,
}

/// <summary>
/// What one pass over a frame found. Blittable, allocation-free, and only offsets into the frame: it holds no reference, so it may
/// outlive the frame's buffer. Offsets count from the first byte of the frame's Ethernet header. Filled by <see cref="Parse"/>;
/// the functions of <see cref="HeaderRewrite"/> keep it true while they change the frame.
/// </summary>
public partial struct PacketHeaders
{
    public MacAddress DestinationMac;
    public MacAddress SourceMac;

    /// <summary>The IP source, or the sender's protocol address of ARP.</summary>
    public IpAddress Source;

    /// <summary>The IP destination, or the target's protocol address of ARP.</summary>
    public IpAddress Destination;

    public MacAddress ArpSenderMac;
    public MacAddress ArpTargetMac;

    /// <summary>
    /// Bytes from <see cref="L3Offset"/> to the end of the packet by its own length field, so without Ethernet padding. For
    /// other EtherTypes all that follows the Ethernet header.
    /// </summary>
    public int L3Length;

    /// <summary>IPv4 identification (also of whole packets), or that of the IPv6 fragment header.</summary>
    public uint FragmentId;

    public HeaderFlags Flags;

    /// <summary>The type behind the VLAN tag, if any.</summary>
    public ushort EtherType;

    /// <summary>Priority, DEI and VLAN id; meaningful only with <see cref="HasVlan"/>.</summary>
    public ushort VlanTci;

    public ushort L3Offset;

    /// <summary>Behind the IP header with its options or extension headers.</summary>
    public ushort L4Offset;

    /// <summary>Behind the transport header with its options; equals <see cref="L4Offset"/> where none was parsed.</summary>
    public ushort PayloadOffset;

    public ushort SourcePort;
    public ushort DestinationPort;

    /// <summary>The identifier of an ICMP query or reply; 0 for other messages.</summary>
    public ushort IcmpId;

    /// <summary>In bytes.</summary>
    public ushort FragmentOffset;

    public ushort ArpOperation;
    public L3Kind L3;

    /// <summary>The protocol behind IPv6 extension headers.</summary>
    public byte Protocol;

    /// <summary>TTL or hop limit.</summary>
    public byte Ttl;

    /// <summary>IPv4 TOS or IPv6 traffic class: DSCP and ECN.</summary>
    public byte TrafficClass;

    public TcpFlags TcpFlags;
    public byte IcmpType;
    public byte IcmpCode;

    public readonly bool HasVlan => (Flags & HeaderFlags.Vlan) != 0;

    /// <summary>0 for untagged and priority-tagged frames.</summary>
    public readonly ushort VlanId => (ushort)(VlanTci & 0xFFF);

    public readonly bool IsIp => L3 >= L3Kind.Ipv4;

    public readonly bool IsIpv4 => L3 == L3Kind.Ipv4;

    public readonly bool IsIpv6 => L3 == L3Kind.Ipv6;

    public readonly bool IsArp => L3 == L3Kind.Arp;

    /// <summary>Part of a datagram; an IPv6 atomic fragment (RFC 6946) counts as one too.</summary>
    public readonly bool IsFragment => (Flags & HeaderFlags.Fragment) != 0;

    public readonly bool IsFirstFragment => (Flags & (HeaderFlags.Fragment | HeaderFlags.LaterFragment)) == HeaderFlags.Fragment;

    /// <summary>A fragment without the transport header.</summary>
    public readonly bool IsLaterFragment => (Flags & HeaderFlags.LaterFragment) != 0;

    public readonly bool MoreFragments => (Flags & HeaderFlags.MoreFragments) != 0;

    /// <summary>The IPv4 DF bit; IPv6 behaves as if it were always set.</summary>
    public readonly bool DontFragment => (Flags & HeaderFlags.DontFragment) != 0;

    /// <summary>IPv4 options or any IPv6 extension header.</summary>
    public readonly bool HasOptions => (Flags & HeaderFlags.Options) != 0;

    /// <summary>The transport header is in this frame and was understood: ports, or ICMP type and code, are set.</summary>
    public readonly bool HasTransport => (Flags & HeaderFlags.Transport) != 0;

    public readonly bool HasPorts => HasTransport && IpProtocol.HasPorts(Protocol);

    /// <summary>ICMP of the packet's own family.</summary>
    public readonly bool IsIcmp => HasTransport && Protocol == (IsIpv4 ? IpProtocol.Icmp : IpProtocol.Icmpv6);

    public readonly bool IsIcmpError => (Flags & HeaderFlags.IcmpError) != 0;

    /// <summary>An ICMP query or reply with an identifier, which serves as its ports.</summary>
    public readonly bool IsIcmpQuery => (Flags & HeaderFlags.IcmpQuery) != 0;

    /// <summary>Where the packet that an ICMP error quotes begins; meaningful only with <see cref="IsIcmpError"/>.</summary>
    public readonly int EmbeddedOffset => L4Offset + 8;

    /// <summary>The end of the packet in the frame; Ethernet padding may follow.</summary>
    public readonly int End => L3Offset + L3Length;

    /// <summary>Bytes behind the transport header.</summary>
    public readonly int PayloadLength => End - PayloadOffset;
}

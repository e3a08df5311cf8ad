namespace Vicinal.Packets;

/// <summary>Why a frame was refused by <see cref="PacketHeaders.Parse"/>; the closed set behind the "malformed" counters.</summary>
public enum ParseResult : byte
{
    Ok = 0,

    /// <summary>Shorter than an Ethernet header, or than its VLAN tag.</summary>
    ShortEthernet,

    /// <summary>The source MAC has the group bit set.</summary>
    GroupSourceMac,

    /// <summary>Shorter than 28 bytes, or not for IPv4 over Ethernet (RFC 826).</summary>
    BadArp,

    /// <summary>The frame ends before the IP header does.</summary>
    ShortIp,
    BadIpVersion,

    /// <summary>An IHL below five words or beyond the packet.</summary>
    BadIpHeaderLength,

    /// <summary>The total length is less than the header or more than the frame.</summary>
    BadIpLength,
    BadIpv4Checksum,

    /// <summary>An address that must not be on a wire: a group as source, loopback, v4-mapped IPv6, an unspecified destination.</summary>
    MartianAddress,

    /// <summary>An extension header that runs out of the packet, a hop-by-hop header that is not the first, or routing type 0.</summary>
    BadExtensionHeader,

    /// <summary>More extension headers, or bytes of them, than anyone sends in good faith.</summary>
    TooManyExtensionHeaders,

    /// <summary>A fragment beyond 65,535 bytes, an inner one whose length is no multiple of eight, or one made to hide a TCP header (RFC 1858).</summary>
    BadFragment,

    /// <summary>The packet ends before its transport header does.</summary>
    ShortTransport,

    /// <summary>A TCP data offset below five words or beyond the packet.</summary>
    BadTcpOffset,

    /// <summary>A UDP length below eight or beyond the packet.</summary>
    BadUdpLength,
}

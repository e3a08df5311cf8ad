namespace Vicinal.Packets;

/// <summary>The Ethernet types that the data path tells apart, in host order. Values below 0x0600 are 802.3 lengths.</summary>
public static class EtherType
{
    public const ushort Ipv4 = 0x0800;
    public const ushort Arp = 0x0806;

    /// <summary>Transparent Ethernet bridging, what GRE carries (RFC 7637 section 3.2).</summary>
    public const ushort TransparentBridging = 0x6558;
    public const ushort Rarp = 0x8035;

    /// <summary>An 802.1Q customer tag.</summary>
    public const ushort Vlan = 0x8100;
    public const ushort Ipv6 = 0x86DD;

    /// <summary>An 802.1ad service tag.</summary>
    public const ushort ServiceVlan = 0x88A8;
    public const ushort Lldp = 0x88CC;
}

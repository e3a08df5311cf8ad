using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>A prefix information option (RFC 4861 section 4.6.2); lifetimes are in seconds, all ones for ever.</summary>
/// <param name="OnLink">Hosts may send to the prefix without the router.</param>
/// <param name="Autonomous">Hosts form addresses in it (SLAAC).</param>
public readonly record struct AdvertisedPrefix(IpPrefix Prefix, bool OnLink, bool Autonomous, uint ValidLifetime, uint PreferredLifetime)
{
    public const int OptionSize = 32;

    public static bool TryRead(ReadOnlySpan<byte> option, out AdvertisedPrefix prefix)
    {
        prefix = default;
        if (option.Length != OptionSize || option[2] > 128)
        {
            return false;
        }

        IpAddress address = IpAddress.ReadIpv6(option[16..]);
        if (address.IsIpv4)
        {
            return false;
        }

        prefix = new AdvertisedPrefix(
            new IpPrefix(address, option[2]),
            (option[3] & 0x80) != 0,
            (option[3] & 0x40) != 0,
            BinaryPrimitives.ReadUInt32BigEndian(option[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(option[8..]));
        return true;
    }

    public void Write(Span<byte> option)
    {
        option[..OptionSize].Clear();
        option[0] = NeighborOptions.PrefixInformation;
        option[1] = OptionSize / 8;
        option[2] = (byte)Prefix.Length;
        option[3] = (byte)((OnLink ? 0x80 : 0) | (Autonomous ? 0x40 : 0));
        BinaryPrimitives.WriteUInt32BigEndian(option[4..], ValidLifetime);
        BinaryPrimitives.WriteUInt32BigEndian(option[8..], PreferredLifetime);
        Prefix.Address.WriteIpv6(option[16..]);
    }
}

/// <summary>Router Advertisement (RFC 4861 section 4.2) with the options that a router here sends or heeds.</summary>
public readonly record struct RouterAdvertisement
{
    /// <summary>Without options.</summary>
    public const int BaseSize = 16;

    private const byte ManagedFlag = 0x80;
    private const byte OtherFlag = 0x40;

    /// <summary>What hosts put in their packets; 0 leaves it to them.</summary>
    public byte CurrentHopLimit { get; init; }

    /// <summary>Addresses come by DHCPv6.</summary>
    public bool Managed { get; init; }

    /// <summary>Other configuration comes by DHCPv6.</summary>
    public bool OtherConfiguration { get; init; }

    /// <summary>Seconds that the router serves as a default router; 0 not at all.</summary>
    public ushort RouterLifetime { get; init; }

    public MacAddress? SourceLinkLayer { get; init; }

    /// <summary>0 when not told.</summary>
    public int Mtu { get; init; }

    public ValueList<AdvertisedPrefix> Prefixes { get; init; }

    /// <summary>Name servers and search domains (RFC 8106), with how long they may be used, in seconds.</summary>
    public ValueList<IpAddress> DnsServers { get; init; }

    public ValueList<string> SearchDomains { get; init; }

    public uint DnsLifetime { get; init; }

    public int Size => BaseSize + (SourceLinkLayer is null ? 0 : NeighborOptions.LinkLayerSize) + (Mtu == 0 ? 0 : 8)
        + (Prefixes.Count * AdvertisedPrefix.OptionSize) + AdvertisedDns.SizeOf(DnsServers) + AdvertisedDns.SizeOf(SearchDomains);

    /// <summary>
    /// Reads and checks the message as RFC 4861 section 6.1.2 demands, hop limit and link-local source included, all but the checksum.
    /// Allocates for the prefixes: advertisements are for the slow path.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketHeaders h, out RouterAdvertisement message)
    {
        message = default;
        if (!NeighborMessage.IsValid(frame, in h, Icmpv6Type.RouterAdvertisement, BaseSize) || !h.Source.IsLinkLocal)
        {
            return false;
        }

        ReadOnlySpan<byte> icmp = frame[h.L4Offset..h.End];
        if (!NeighborOptions.TryFindLinkLayer(icmp[BaseSize..], NeighborOptions.SourceLinkLayer, out MacAddress? mac))
        {
            return false;
        }

        int mtu = 0;
        ValueList<IpAddress> servers = default;
        List<AdvertisedPrefix> prefixes = [];
        NeighborOptions walk = new(icmp[BaseSize..]);
        while (walk.MoveNext())
        {
            if (walk.Type == NeighborOptions.Mtu && walk.Current.Length == 8)
            {
                mtu = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(walk.Current[4..]), ushort.MaxValue);
            }
            else if (walk.Type == NeighborOptions.PrefixInformation && AdvertisedPrefix.TryRead(walk.Current, out AdvertisedPrefix prefix))
            {
                prefixes.Add(prefix);
            }
            else if (walk.Type == NeighborOptions.RecursiveDnsServer)
            {
                servers = AdvertisedDns.ReadServers(walk.Current);
            }
        }

        message = new RouterAdvertisement
        {
            CurrentHopLimit = icmp[4],
            Managed = (icmp[5] & ManagedFlag) != 0,
            OtherConfiguration = (icmp[5] & OtherFlag) != 0,
            RouterLifetime = BinaryPrimitives.ReadUInt16BigEndian(icmp[6..]),
            SourceLinkLayer = mac,
            Mtu = mtu,
            Prefixes = prefixes.ToValueList(),
            DnsServers = servers,
        };
        return true;
    }

    /// <summary>Writes <see cref="Size"/> bytes of ICMPv6 with a zero checksum; reachable and retransmission times stay unspecified.</summary>
    public void Write(Span<byte> target)
    {
        target[..BaseSize].Clear();
        target[0] = Icmpv6Type.RouterAdvertisement;
        target[4] = CurrentHopLimit;
        target[5] = (byte)((Managed ? ManagedFlag : 0) | (OtherConfiguration ? OtherFlag : 0));
        BinaryPrimitives.WriteUInt16BigEndian(target[6..], RouterLifetime);
        target = target[BaseSize..];
        if (SourceLinkLayer is MacAddress mac)
        {
            NeighborOptions.WriteLinkLayer(target, NeighborOptions.SourceLinkLayer, mac);
            target = target[NeighborOptions.LinkLayerSize..];
        }

        if (Mtu != 0)
        {
            NeighborOptions.WriteMtu(target, Mtu);
            target = target[8..];
        }

        foreach (AdvertisedPrefix prefix in Prefixes)
        {
            prefix.Write(target);
            target = target[AdvertisedPrefix.OptionSize..];
        }

        AdvertisedDns.Write(DnsServers, DnsLifetime, target);
        AdvertisedDns.Write(SearchDomains, DnsLifetime, target[AdvertisedDns.SizeOf(DnsServers)..]);
    }
}

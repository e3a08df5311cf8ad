using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>Where every instance finds its own node, on every network: the same addresses and MAC on all nodes, seen on taps alone.</summary>
public static class ServiceAddress
{
    public const ushort MetadataPort = 80;

    public const ushort DnsPort = 53;

    public static IpAddress Ipv4 => IpAddress.FromIpv4(0xA9FE_A9FE);

    public static IpAddress Ipv6 => new(0xFE80_0000_0000_0000, 0xA9FE_A9FE);

    /// <summary>Locally administered, from no pool that ports or routers get theirs from.</summary>
    public static MacAddress Mac => new(0x0200_A9FE_A9FE);

    public static bool Is(IpAddress address) => address == Ipv4 || address == Ipv6;
}

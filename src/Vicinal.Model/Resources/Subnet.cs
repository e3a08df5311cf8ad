using Vicinal.Packets;

namespace Vicinal.Model.Resources;

/// <summary>An inclusive range of addresses.</summary>
public readonly record struct AllocationPool(IpAddress Start, IpAddress End);

public readonly record struct HostRoute(IpPrefix Destination, IpAddress NextHop);

public sealed record Subnet : Resource
{
    public required Guid NetworkId { get; init; }

    public required IpPrefix Cidr { get; init; }

    public IpAddress? GatewayIp { get; init; }

    public bool EnableDhcp { get; init; } = true;

    public ValueList<AllocationPool> AllocationPools { get; init; }

    public ValueList<HostRoute> HostRoutes { get; init; }

    public ValueList<IpAddress> DnsNameservers { get; init; }

    /// <summary>slaac, dhcpv6-stateful, dhcpv6-stateless or null.</summary>
    public string? Ipv6AddressMode { get; init; }

    public string? Ipv6RaMode { get; init; }

    public ValueList<string> ServiceTypes { get; init; }

    public int IpVersion => Cidr.IsIpv4 ? 4 : 6;
}

using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>What a request says about a subnet. What it does not say is chosen, or stays as it is.</summary>
public sealed record SubnetInput
{
    /// <summary>Read at creation only, like the next three.</summary>
    public Guid NetworkId { get; init; }

    public string ProjectId { get; init; } = "";

    public int IpVersion { get; init; }

    public IpPrefix? Cidr { get; init; }

    public Given<string> Name { get; init; }

    public Given<string> Description { get; init; }

    /// <summary>Null for a subnet without a gateway.</summary>
    public Given<IpAddress?> GatewayIp { get; init; }

    public Given<bool> EnableDhcp { get; init; }

    public Given<IReadOnlyList<AllocationPool>> AllocationPools { get; init; }

    public Given<IReadOnlyList<HostRoute>> HostRoutes { get; init; }

    public Given<IReadOnlyList<IpAddress>> DnsNameservers { get; init; }

    /// <summary>Read at creation only.</summary>
    public Given<string?> Ipv6AddressMode { get; init; }

    /// <summary>Read at creation only.</summary>
    public Given<string?> Ipv6RaMode { get; init; }

    public Given<IReadOnlyList<string>> ServiceTypes { get; init; }
}

using Vicinal.Packets;

namespace Vicinal.Model.Resources;

public sealed record FloatingIp : Resource
{
    public required Guid FloatingNetworkId { get; init; }

    public required IpAddress FloatingIpAddress { get; init; }

    /// <summary>The network:floatingip port that holds the address and lends its MAC.</summary>
    public required Guid FloatingPortId { get; init; }

    public Guid? PortId { get; init; }

    public IpAddress? FixedIpAddress { get; init; }

    public Guid? RouterId { get; init; }

    /// <summary>ACTIVE, DOWN or ERROR.</summary>
    public string Status { get; init; } = PortStatus.Down;

    public string DnsName { get; init; } = "";

    public string DnsDomain { get; init; } = "";
}

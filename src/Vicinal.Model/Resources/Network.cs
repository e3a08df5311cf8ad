namespace Vicinal.Model.Resources;

public sealed record Network : Resource
{
    public bool AdminStateUp { get; init; } = true;

    public bool Shared { get; init; }

    /// <summary>router:external.</summary>
    public bool External { get; init; }

    public bool IsDefault { get; init; }

    public bool PortSecurityEnabled { get; init; } = true;

    /// <summary>Bytes of the largest layer-3 packet; resolved at creation, never 0.</summary>
    public int Mtu { get; init; }

    /// <summary>provider:network_type: geneve, vxlan, gre, vlan or flat.</summary>
    public required string NetworkType { get; init; }

    public string? PhysicalNetwork { get; init; }

    /// <summary>The VNI of tunnelled networks, the VLAN id of vlan ones; null for flat.</summary>
    public int? SegmentationId { get; init; }

    public string DnsDomain { get; init; } = "";
}

using Vicinal.Model.Indexes;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Keys that networks of a tunnel type, and with Geneve routers' transit too, get by themselves.</summary>
public readonly record struct TunnelRange(string NetworkType, uint First, uint Last)
{
    public SegmentationRange Ids => new(First, Last);
}

/// <summary>
/// VLAN ids of a physical network that tenant networks may take by themselves. With the first above the last there are none, and the name is known
/// to provider networks only.
/// </summary>
public readonly record struct VlanRange(string PhysicalNetwork, int First, int Last)
{
    public SegmentationRange Ids => new((uint)First, (uint)Last);

    public static VlanRange ProviderOnly(string physicalNetwork) => new(physicalNetwork, 1, 0);
}

/// <summary>A physical network that carries less than the others.</summary>
public readonly record struct PhysicalNetworkMtu(string PhysicalNetwork, int Mtu);

/// <summary>What the operator decides once for the whole cloud; the rules take it as a parameter.</summary>
public sealed record CloudSettings
{
    public static CloudSettings Default { get; } = new();

    /// <summary>Tried in order for a network that names no type.</summary>
    public ValueList<string> TenantNetworkTypes { get; init; } = ["geneve"];

    /// <summary>A tunnel type without a range here has all keys that its header can say.</summary>
    public ValueList<TunnelRange> TunnelRanges { get; init; }

    /// <summary>
    /// Names that flat and vlan networks may use; empty means any that an agent has a bridge mapping for. A name in <see cref="VlanRanges"/> is one for vlan
    /// networks in any case.
    /// </summary>
    public ValueList<string> PhysicalNetworks { get; init; }

    public ValueList<VlanRange> VlanRanges { get; init; }

    /// <summary>MTU of the underlay and of physical networks, in bytes: Neutron's global_physnet_mtu.</summary>
    public int GlobalMtu { get; init; } = 1500;

    /// <summary>MTU of the way that tunnels take, where it is less than <see cref="GlobalMtu"/>; 0 when it is not.</summary>
    public int PathMtu { get; init; }

    public ValueList<PhysicalNetworkMtu> PhysicalNetworkMtus { get; init; }

    /// <summary>IP version of the nodes' tunnel addresses, 4 or 6: its header is part of what a tunnel adds.</summary>
    public int OverlayIpVersion { get; init; } = 4;

    /// <summary>router:distributed of a router whose creator does not say.</summary>
    public bool RouterDistributed { get; init; } = true;

    /// <summary>router:ha of a router whose creator does not say. A standby costs little here, so that it is the default.</summary>
    public bool RouterHa { get; init; } = true;

    /// <summary>False: no router becomes distributed, and those whose creator does not say are centralized.</summary>
    public bool EnableDvr { get; init; } = true;

    /// <summary>Gateway nodes of an HA router, 0 for as many as there may be.</summary>
    public int MaxL3AgentsPerRouter { get; init; } = 3;

    public int MaxAllowedAddressPairs { get; init; } = 10;

    public int MaxDnsNameservers { get; init; } = 5;

    public int MaxSubnetHostRoutes { get; init; } = 20;

    public int MaxRouterRoutes { get; init; } = 30;

    /// <summary>The first three octets of generated MACs; the rest is drawn.</summary>
    public MacAddress BaseMac { get; init; } = new(0xFA16_3E00_0000);

    /// <summary>Domain of instances in dns_assignment, with its final dot.</summary>
    public string DnsDomain { get; init; } = "openstacklocal.";
}

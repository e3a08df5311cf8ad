using Vicinal.Model.Indexes;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>VLAN ids of a physical network that tenant networks may take by themselves, both ends included.</summary>
public readonly record struct VlanRange(string PhysicalNetwork, int First, int Last);

/// <summary>What the operator decides once for the whole cloud; the rules take it as a parameter.</summary>
public sealed record CloudSettings
{
    public static CloudSettings Default { get; } = new();

    /// <summary>Tried in order for a network that names no type.</summary>
    public ValueList<string> TenantNetworkTypes { get; init; } = ["geneve"];

    /// <summary>Lowest and highest tunnel key that networks get by themselves.</summary>
    public uint FirstVni { get; init; } = VniAllocations.First;

    public uint LastVni { get; init; } = VniAllocations.Max;

    /// <summary>Names that flat and vlan networks may use; empty means any that an agent has a bridge mapping for.</summary>
    public ValueList<string> PhysicalNetworks { get; init; }

    public ValueList<VlanRange> VlanRanges { get; init; }

    /// <summary>MTU of the underlay and of physical networks, in bytes.</summary>
    public int GlobalMtu { get; init; } = 1500;

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

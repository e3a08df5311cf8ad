using System.Collections.Immutable;
using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model;

/// <summary>
/// The whole cloud at one revision: an immutable snapshot. Readers take the reference and need no lock; the writer makes the
/// next one at a cost that follows the change, since every table and index is a persistent tree.
/// </summary>
public sealed record Topology
{
    public static Topology Empty { get; } = new();

    /// <summary>Rises by one with each published edit.</summary>
    public long Revision { get; init; }

    public ImmutableDictionary<Guid, Network> Networks { get; init; } = ImmutableDictionary<Guid, Network>.Empty;

    public ImmutableDictionary<Guid, Subnet> Subnets { get; init; } = ImmutableDictionary<Guid, Subnet>.Empty;

    public ImmutableDictionary<Guid, Port> Ports { get; init; } = ImmutableDictionary<Guid, Port>.Empty;

    public ImmutableDictionary<Guid, Router> Routers { get; init; } = ImmutableDictionary<Guid, Router>.Empty;

    public ImmutableDictionary<Guid, FloatingIp> FloatingIps { get; init; } = ImmutableDictionary<Guid, FloatingIp>.Empty;

    public ImmutableDictionary<Guid, SecurityGroup> SecurityGroups { get; init; } = ImmutableDictionary<Guid, SecurityGroup>.Empty;

    public ImmutableDictionary<Guid, SecurityGroupRule> SecurityGroupRules { get; init; } = ImmutableDictionary<Guid, SecurityGroupRule>.Empty;

    public ImmutableDictionary<Guid, Agent> Agents { get; init; } = ImmutableDictionary<Guid, Agent>.Empty;

    /// <summary>Null until a server has said how its gateways are watched.</summary>
    public GatewayPolicy? GatewayPolicy { get; init; }

    /// <summary>Which address of a subnet belongs to which port.</summary>
    public SubnetAllocations Allocations { get; init; } = SubnetAllocations.Empty;

    /// <summary>Segmentation ids in use by networks and routers, and where the next search starts.</summary>
    public SegmentationIds SegmentationIds { get; init; } = SegmentationIds.Empty;

    public KeyedSets<Guid> SubnetsByNetwork { get; init; } = KeyedSets<Guid>.Empty;

    public KeyedSets<Guid> PortsByNetwork { get; init; } = KeyedSets<Guid>.Empty;

    /// <summary>By device_id: a router's ports, an instance's ports. Ports without one are not in it.</summary>
    public KeyedSets<string> PortsByDevice { get; init; } = KeyedSets<string>.Empty;

    /// <summary>By binding:host_id. Unbound ports are not in it.</summary>
    public KeyedSets<string> PortsByHost { get; init; } = KeyedSets<string>.Empty;

    public KeyedSets<Guid> PortsBySecurityGroup { get; init; } = KeyedSets<Guid>.Empty;

    /// <summary>A router's port on the subnet, by subnet id.</summary>
    public KeyedSets<Guid> RouterPortsBySubnet { get; init; } = KeyedSets<Guid>.Empty;

    public KeyedSets<Guid> RulesBySecurityGroup { get; init; } = KeyedSets<Guid>.Empty;

    public KeyedSets<Guid> RulesByRemoteGroup { get; init; } = KeyedSets<Guid>.Empty;

    public KeyedSets<string> SecurityGroupsByProject { get; init; } = KeyedSets<string>.Empty;

    public KeyedSets<Guid> FloatingIpsByPort { get; init; } = KeyedSets<Guid>.Empty;

    public KeyedSets<Guid> FloatingIpsByRouter { get; init; } = KeyedSets<Guid>.Empty;

    public KeyedSets<Guid> FloatingIpsByNetwork { get; init; } = KeyedSets<Guid>.Empty;

    /// <summary>Routers whose gateway is on the external network.</summary>
    public KeyedSets<Guid> RoutersByExternalNetwork { get; init; } = KeyedSets<Guid>.Empty;

    /// <summary>Routers by a host among their gateway bindings.</summary>
    public KeyedSets<string> RoutersByGatewayHost { get; init; } = KeyedSets<string>.Empty;

    /// <summary>Routers by the host of highest priority among their gateway bindings: what each gateway node carries.</summary>
    public KeyedSets<string> RoutersByActiveGatewayHost { get; init; } = KeyedSets<string>.Empty;

    public ImmutableDictionary<string, Guid> AgentsByHost { get; init; } = ImmutableDictionary<string, Guid>.Empty;

    /// <summary>(network, MAC) to port: MACs are unique within a network.</summary>
    public ImmutableDictionary<(Guid Network, MacAddress Mac), Guid> PortsByMac { get; init; } =
        ImmutableDictionary<(Guid, MacAddress), Guid>.Empty;

    /// <summary>The next port key of a network; keys are not reused while the server's history lasts.</summary>
    public ImmutableDictionary<Guid, uint> NextPortKeys { get; init; } = ImmutableDictionary<Guid, uint>.Empty;

    public uint NextPortKey(Guid networkId) => NextPortKeys.GetValueOrDefault(networkId, 1u);

    public Resource? Find(Type type, Guid id) => type.Name switch
    {
        nameof(Network) => Networks.GetValueOrDefault(id),
        nameof(Subnet) => Subnets.GetValueOrDefault(id),
        nameof(Port) => Ports.GetValueOrDefault(id),
        nameof(Router) => Routers.GetValueOrDefault(id),
        nameof(FloatingIp) => FloatingIps.GetValueOrDefault(id),
        nameof(SecurityGroup) => SecurityGroups.GetValueOrDefault(id),
        nameof(SecurityGroupRule) => SecurityGroupRules.GetValueOrDefault(id),
        nameof(Agent) => Agents.GetValueOrDefault(id),
        nameof(GatewayPolicy) => GatewayPolicy,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a resource of the topology"),
    };

    public T? Find<T>(Guid id)
        where T : Resource => (T?)Find(typeof(T), id);

    public Agent? AgentOn(string host) => AgentsByHost.TryGetValue(host, out Guid id) ? Agents[id] : null;

    /// <summary>The snapshot in which <paramref name="before"/> has become <paramref name="after"/>; either may be null.</summary>
    public Topology With(Resource? before, Resource? after) => TopologyTables.Replace(this, before, after);
}

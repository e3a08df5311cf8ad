using System.Collections.Immutable;
using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model;

/// <summary>Keeps every table and index of a <see cref="Topology"/> in step with one resource's change.</summary>
internal static class TopologyTables
{
    public static Topology Replace(Topology topology, Resource? before, Resource? after) => (before ?? after) switch
    {
        Network => ReplaceNetwork(topology, (Network?)before, (Network?)after),
        Subnet => ReplaceSubnet(topology, (Subnet?)before, (Subnet?)after),
        Port => ReplacePort(topology, (Port?)before, (Port?)after),
        Router => ReplaceRouter(topology, (Router?)before, (Router?)after),
        FloatingIp => ReplaceFloatingIp(topology, (FloatingIp?)before, (FloatingIp?)after),
        SecurityGroup => ReplaceGroup(topology, (SecurityGroup?)before, (SecurityGroup?)after),
        SecurityGroupRule => ReplaceRule(topology, (SecurityGroupRule?)before, (SecurityGroupRule?)after),
        Agent => ReplaceAgent(topology, (Agent?)before, (Agent?)after),
        GatewayPolicy => topology with { GatewayPolicy = (GatewayPolicy?)after },
        _ => throw new ArgumentException("neither a before nor an after", nameof(after)),
    };

    private static Topology ReplaceNetwork(Topology t, Network? before, Network? after)
    {
        static (string, uint)? Id(Network? n) =>
            n is { SegmentationId: { } id } ? (SegmentationIds.SpaceOf(n.NetworkType, n.PhysicalNetwork), (uint)id) : null;
        return t with
        {
            Networks = Set(t.Networks, before, after),
            SegmentationIds = MoveId(t.SegmentationIds, Id(before), Id(after), (before ?? after)!.Id),
            NextPortKeys = after is null ? t.NextPortKeys.Remove(before!.Id) : t.NextPortKeys,
        };
    }

    private static Topology ReplaceSubnet(Topology t, Subnet? before, Subnet? after) => t with
    {
        Subnets = Set(t.Subnets, before, after),
        SubnetsByNetwork = Move(t.SubnetsByNetwork, before, after, static s => [s.NetworkId]),
        Allocations = after is null ? t.Allocations.Forget(before!.Id) : t.Allocations,
    };

    private static Topology ReplacePort(Topology t, Port? before, Port? after)
    {
        ImmutableDictionary<(Guid, MacAddress), Guid> macs = t.PortsByMac;
        if (before is not null && (after is null || after.MacAddress != before.MacAddress))
        {
            macs = macs.Remove((before.NetworkId, before.MacAddress));
        }

        if (after is not null)
        {
            macs = macs.SetItem((after.NetworkId, after.MacAddress), after.Id);
        }

        static IEnumerable<string> Named(string value) => value.Length == 0 ? [] : [value];
        return t with
        {
            Ports = Set(t.Ports, before, after),
            PortsByNetwork = Move(t.PortsByNetwork, before, after, static p => [p.NetworkId]),
            PortsByDevice = Move(t.PortsByDevice, before, after, static p => Named(p.DeviceId)),
            PortsByHost = Move(t.PortsByHost, before, after, static p => Named(p.BindingHostId)),
            PortsBySecurityGroup = Move(t.PortsBySecurityGroup, before, after, static p => p.SecurityGroups),
            RouterPortsBySubnet = Move(t.RouterPortsBySubnet, before, after, static p =>
                DeviceOwner.IsRouterInterface(p.DeviceOwner) ? p.FixedIps.Select(f => f.SubnetId).Distinct() : []),
            PortsByMac = macs,
            Allocations = MoveAllocations(t, before, after),
            NextPortKeys = after is null || after.PortKey < t.NextPortKey(after.NetworkId)
                ? t.NextPortKeys
                : t.NextPortKeys.SetItem(after.NetworkId, after.PortKey + 1),
        };
    }

    private static Topology ReplaceRouter(Topology t, Router? before, Router? after)
    {
        static (string, uint)? Id(Router? r) => r is { TransitVni: > 0 } ? (NetworkTypes.Geneve, r.TransitVni) : null;
        return t with
        {
            Routers = Set(t.Routers, before, after),
            RoutersByExternalNetwork = Move(t.RoutersByExternalNetwork, before, after, static r => r.Gateway is { } g ? [g.NetworkId] : []),
            RoutersByGatewayHost = Move(t.RoutersByGatewayHost, before, after, static r => r.GatewayBindings.Select(b => b.Host)),
            RoutersByActiveGatewayHost = Move(t.RoutersByActiveGatewayHost, before, after, static r => r.GatewayBindings.Take(1).Select(b => b.Host)),
            SegmentationIds = MoveId(t.SegmentationIds, Id(before), Id(after), (before ?? after)!.Id),
        };
    }

    private static Topology ReplaceFloatingIp(Topology t, FloatingIp? before, FloatingIp? after) => t with
    {
        FloatingIps = Set(t.FloatingIps, before, after),
        FloatingIpsByPort = Move(t.FloatingIpsByPort, before, after, static f => f.PortId is { } id ? [id] : []),
        FloatingIpsByRouter = Move(t.FloatingIpsByRouter, before, after, static f => f.RouterId is { } id ? [id] : []),
        FloatingIpsByNetwork = Move(t.FloatingIpsByNetwork, before, after, static f => [f.FloatingNetworkId]),
    };

    private static Topology ReplaceGroup(Topology t, SecurityGroup? before, SecurityGroup? after) => t with
    {
        SecurityGroups = Set(t.SecurityGroups, before, after),
        SecurityGroupsByProject = Move(t.SecurityGroupsByProject, before, after, static g => [g.ProjectId]),
    };

    private static Topology ReplaceRule(Topology t, SecurityGroupRule? before, SecurityGroupRule? after) => t with
    {
        SecurityGroupRules = Set(t.SecurityGroupRules, before, after),
        RulesBySecurityGroup = Move(t.RulesBySecurityGroup, before, after, static r => [r.SecurityGroupId]),
        RulesByRemoteGroup = Move(t.RulesByRemoteGroup, before, after, static r => r.RemoteGroupId is { } id ? [id] : []),
    };

    private static Topology ReplaceAgent(Topology t, Agent? before, Agent? after)
    {
        ImmutableDictionary<string, Guid> hosts = before is null ? t.AgentsByHost : t.AgentsByHost.Remove(before.Host);
        return t with
        {
            Agents = Set(t.Agents, before, after),
            AgentsByHost = after is null ? hosts : hosts.SetItem(after.Host, after.Id),
        };
    }

    private static ImmutableDictionary<Guid, T> Set<T>(ImmutableDictionary<Guid, T> table, T? before, T? after)
        where T : Resource => after is null ? table.Remove(before!.Id) : table.SetItem(after.Id, after);

    private static KeyedSets<TKey> Move<TKey, T>(KeyedSets<TKey> index, T? before, T? after, Func<T, IEnumerable<TKey>> keys)
        where TKey : notnull
        where T : Resource =>
        index.Move((before ?? after)!.Id, before is null ? [] : keys(before), after is null ? [] : keys(after));

    private static SegmentationIds MoveId(SegmentationIds ids, (string Space, uint Id)? before, (string Space, uint Id)? after, Guid owner)
    {
        if (before == after)
        {
            return ids;
        }

        SegmentationIds without = before is { } old ? ids.Remove(old.Space, old.Id) : ids;
        return after is { } taken ? without.Add(taken.Space, taken.Id, owner) : without;
    }

    private static SubnetAllocations MoveAllocations(Topology t, Port? before, Port? after)
    {
        SubnetAllocations allocations = t.Allocations;
        ValueList<FixedIp> old = before?.FixedIps ?? default;
        ValueList<FixedIp> next = after?.FixedIps ?? default;
        if (old == next)
        {
            return allocations;
        }

        foreach (FixedIp ip in old)
        {
            allocations = allocations.Remove(ip.SubnetId, ip.Address);
        }

        foreach (FixedIp ip in next)
        {
            allocations = t.Subnets.TryGetValue(ip.SubnetId, out Subnet? subnet)
                ? allocations.Add(subnet, ip.Address, after!.Id)
                : allocations.Add(ip.SubnetId, ip.Address, after!.Id);
        }

        return allocations;
    }
}

using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Tests.Oracles;

/// <summary>
/// Subscriptions by the book, from the topology alone and with no regard to cost: for each host, everything within reach. It
/// shares nothing with the code under test.
/// </summary>
internal static class SubscriptionOracle
{
    public static IReadOnlyDictionary<string, IReadOnlySet<UnitId>> Of(Topology topology, ForwardingSnapshot rows)
    {
        IEnumerable<string> hosts = topology.Agents.Values.Select(static a => a.Host)
            .Concat(topology.Ports.Values.Select(static p => p.BindingHostId))
            .Concat(topology.Routers.Values.SelectMany(static r => r.GatewayBindings).Select(static b => b.Host))
            .Where(static h => h.Length > 0)
            .Distinct();
        return hosts
            .Select(h => (Host: h, Units: UnitsOf(h, topology, rows)))
            .Where(static h => h.Units.Count > 0)
            .ToDictionary(static h => h.Host, static h => h.Units);
    }

    private static IReadOnlySet<UnitId> UnitsOf(string host, Topology topology, ForwardingSnapshot rows)
    {
        HashSet<UnitId> units = [];
        if (topology.AgentOn(host) is not null)
        {
            units.Add(UnitId.Directory);
        }

        HashSet<UnitId> reached = [];
        foreach (Port port in topology.Ports.Values.Where(p => p.BindingHostId == host && p.DeviceOwner.StartsWith("compute:", StringComparison.Ordinal)))
        {
            units.Add(UnitId.Port(port.Id));
            reached.Add(UnitId.Network(port.NetworkId));
            foreach (Guid group in port.SecurityGroups)
            {
                units.Add(UnitId.Filter(group));
                units.UnionWith(topology.SecurityGroupRules.Values
                    .Where(r => r.SecurityGroupId == group && r.RemoteGroupId is not null)
                    .Select(static r => UnitId.AddressSet(r.RemoteGroupId!.Value)));
            }
        }

        foreach (Router router in topology.Routers.Values)
        {
            bool serves = router.GatewayBindings.Any(b => b.Host == host);
            bool owns = rows.Unit(UnitId.Router(router.Id)).Rows.OfType<StaticNatRow>().Any(n => n.OwnerHost == host);
            if (serves || owns)
            {
                reached.Add(UnitId.Router(router.Id));
            }
        }

        units.UnionWith(Spread(reached, topology));
        return units;
    }

    private static HashSet<UnitId> Spread(HashSet<UnitId> reached, Topology topology)
    {
        (UnitId Router, UnitId Network)[] edges = [.. topology.Ports.Values
            .Where(static p => DeviceOwner.IsRouterInterface(p.DeviceOwner) && p.AdminStateUp)
            .Select(static p => (UnitId.Router(Guid.Parse(p.DeviceId)), UnitId.Network(p.NetworkId)))];
        bool grew = true;
        while (grew)
        {
            grew = false;
            foreach ((UnitId router, UnitId network) in edges)
            {
                if (reached.Contains(router) || reached.Contains(network))
                {
                    grew |= reached.Add(router);
                    grew |= reached.Add(network);
                }
            }
        }

        HashSet<UnitId> all = [.. reached];
        foreach (Router router in topology.Routers.Values.Where(r => reached.Contains(UnitId.Router(r.Id)) && HasGateway(r, topology)))
        {
            all.Add(UnitId.Network(router.Gateway!.NetworkId));
        }

        return all;
    }

    private static bool HasGateway(Router router, Topology topology) => router.Gateway is { } gateway && topology.Ports[gateway.PortId].AdminStateUp;
}

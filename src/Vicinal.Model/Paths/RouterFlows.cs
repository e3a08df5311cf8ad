using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Paths;

/// <summary>The flows that there are for the instances of a router: one for each kind, and for each sort of node where that makes a difference.</summary>
internal static class RouterFlows
{
    private const int NamesShown = 3;

    public static List<RouterFlow> Of(Topology topology, Router router)
    {
        List<Port> interfaces = [.. RouterPorts.Interfaces(topology, router.Id)];
        List<FlowNode> nodes = InstanceNodes(topology, router, interfaces);
        List<RouterFlow> flows = [];
        if (nodes.Count == 0)
        {
            return flows;
        }

        if (interfaces.Select(static port => port.NetworkId).Distinct().Skip(1).Any())
        {
            AddEastWest(nodes, flows);
        }

        flows.AddRange(Sorts(nodes, static node => node.Routes).Select(sort => new RouterFlow("the router's own address" + sort.Suffix, FlowKind.RouterAddress, sort.Node)));
        List<FlowNode> withFloatingIps = [.. FloatingIpNodes(topology, router)];
        flows.AddRange(Sorts(withFloatingIps, static node => node.TranslatesFloatingIps)
            .Select(sort => new RouterFlow("floating IP" + sort.Suffix, FlowKind.FloatingIp, sort.Node)));
        if (router.Gateway is { EnableSnat: true } && HasFamily(topology, interfaces, ipv4: true))
        {
            flows.Add(new RouterFlow("IPv4 without a floating IP (source NAT)", FlowKind.SourceNat, nodes[0]));
        }

        if (router.Gateway is not null && HasFamily(topology, interfaces, ipv4: false))
        {
            flows.Add(new RouterFlow("IPv6 to and from outside", FlowKind.Ipv6NorthSouth, nodes[0]));
        }

        return flows;
    }

    /// <summary>Where the floating IPs' ports are; unbound ones have no way.</summary>
    public static IEnumerable<FlowNode> FloatingIpNodes(Topology topology, Router router) => topology.FloatingIpsByRouter[router.Id]
        .Select(id => topology.FloatingIps[id].PortId)
        .OfType<Guid>()
        .Select(port => NodeOf(topology, router, topology.Ports[port].BindingHostId))
        .OfType<FlowNode>()
        .Distinct()
        .OrderBy(static node => node.Name, StringComparer.Ordinal);

    /// <summary>Null for a host without an agent.</summary>
    public static FlowNode? NodeOf(Topology topology, Router router, string host)
    {
        if (host.Length == 0 || topology.AgentOn(host) is not { } agent)
        {
            return null;
        }

        bool reaches = router.Gateway is { } gateway && topology.Networks[gateway.NetworkId].PhysicalNetwork is { } physical && AgentModes.HasMapping(agent, physical);
        return new FlowNode(host, agent.Mode, reaches);
    }

    private static void AddEastWest(List<FlowNode> nodes, List<RouterFlow> flows)
    {
        foreach ((FlowNode node, string suffix) in Sorts(nodes, static node => node.Routes))
        {
            if (nodes.Find(other => other != node) is { } other)
            {
                flows.Add(new RouterFlow("east-west, two nodes" + suffix, FlowKind.EastWest, node, other));
            }

            flows.Add(new RouterFlow("east-west, one node" + suffix, FlowKind.EastWest, node, node));
        }
    }

    private static List<FlowNode> InstanceNodes(Topology topology, Router router, List<Port> interfaces) =>
    [
        .. interfaces
            .Select(static port => port.NetworkId)
            .Distinct()
            .SelectMany(network => topology.PortsByNetwork[network])
            .Select(id => topology.Ports[id].BindingHostId)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(host => NodeOf(topology, router, host))
            .OfType<FlowNode>(),
    ];

    /// <summary>One node of each sort, and how to tell the sorts apart where there are two.</summary>
    private static IEnumerable<(FlowNode Node, string Suffix)> Sorts(IEnumerable<FlowNode> nodes, Func<FlowNode, bool> sort)
    {
        List<IGrouping<bool, FlowNode>> sorts = [.. nodes.GroupBy(sort).OrderByDescending(static group => group.Key)];
        return sorts.Select(group => (group.First(), sorts.Count > 1 ? $", from {Names(group)}" : ""));
    }

    private static string Names(IEnumerable<FlowNode> nodes)
    {
        List<string> names = [.. nodes.Select(static node => node.Name)];
        string more = names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "";
        return string.Join(", ", names.Take(NamesShown)) + more;
    }

    private static bool HasFamily(Topology topology, List<Port> interfaces, bool ipv4) =>
        interfaces.Any(port => port.FixedIps.Any(ip => topology.Subnets[ip.SubnetId].Cidr.IsIpv4 == ipv4));
}

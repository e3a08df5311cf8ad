using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>
/// Keeps each router on the nodes that serve what of it is not distributed. The choice is a function of the topology alone and it
/// is sticky: nodes already chosen keep their order as long as they qualify, so a node that comes never moves a gateway that is well.
/// </summary>
public static class GatewayScheduling
{
    /// <summary>As in Neutron's OVN driver: more standbys cost BFD sessions and make no router safer.</summary>
    public const int MaxBindings = 5;

    /// <summary>Brings one router's bindings up to date; returns the router as it is then.</summary>
    public static Router Schedule(TopologyEdit edit, Router router, CloudSettings settings) =>
        Bind(edit, router, Choose(edit.Current, router, GatewayNodes(edit.Current), settings));

    /// <summary>Reschedules the routers that an agent's coming, going or change of abilities concerns.</summary>
    /// <param name="agent">As it is now, or as it was when it is gone.</param>
    public static void AgentChanged(TopologyEdit edit, Agent agent, CloudSettings settings)
    {
        List<Guid> concerned = [.. edit.Current.RoutersByGatewayHost[agent.Host]];
        if (IsGatewayNode(agent))
        {
            concerned.AddRange(edit.Current.Routers.Values.Where(router => Wants(edit.Current, router, settings)).Select(static router => router.Id));
        }

        Lazy<List<Agent>> nodes = GatewayNodes(edit.Current);
        foreach (Router router in concerned.Distinct().Order().Select(id => edit.Current.Routers[id]))
        {
            _ = Bind(edit, router, Choose(edit.Current, router, nodes, settings));
        }
    }

    /// <summary>
    /// Moves the routers whose nodes are all among those given up on (allow_automatic_l3agent_failover). A router that still has a
    /// node needs no help: the one that lives serves it. What no other node can take stays where it is, for its node may return.
    /// </summary>
    /// <returns>The routers that moved, and those that found no node.</returns>
    public static (IReadOnlyList<Guid> Moved, IReadOnlyList<Guid> Stranded) LeaveUnreachable(TopologyEdit edit, CloudSettings settings)
    {
        List<Guid> moved = [];
        List<Guid> stranded = [];
        Topology start = edit.Current;
        Lazy<List<Agent>> nodes = GatewayNodes(start);
        foreach (Guid id in start.Agents.Values.Where(static a => a.Unreachable).SelectMany(a => start.RoutersByGatewayHost[a.Host]).Distinct().Order())
        {
            Router router = start.Routers[id];
            if (router.GatewayBindings.All(binding => start.AgentOn(binding.Host) is not { Unreachable: false }))
            {
                List<string> others = Choose(edit.Current, router with { GatewayBindings = [] }, nodes, settings);
                (others.Count > 0 ? moved : stranded).Add(id);
                _ = others.Count > 0 ? Bind(edit, router, others) : router;
            }
        }

        return (moved, stranded);
    }

    /// <summary>Puts the router on these hosts, in order of priority.</summary>
    internal static Router Bind(TopologyEdit edit, Router router, IReadOnlyList<string> hosts)
    {
        int highest = Math.Max(MaxBindings, hosts.Count);
        ValueList<GatewayBinding> bindings = hosts.Select((host, place) => new GatewayBinding(host, highest - place)).ToValueList();
        bool same = edit.Current.Routers.TryGetValue(router.Id, out Router? before) && bindings == before.GatewayBindings;
        Router bound = edit.Put(router with { GatewayBindings = bindings, Schedule = same ? router.Schedule : router.Schedule + 1 });
        ShowOnGatewayPort(edit, bound);
        return bound;
    }

    private static List<string> Choose(Topology topology, Router router, Lazy<List<Agent>> nodes, CloudSettings settings) =>
        [.. new GatewayChoice(topology, router, nodes, settings).Hosts().Select(static agent => agent.Host)];

    /// <summary>The few among the many nodes that are gateways at all.</summary>
    private static Lazy<List<Agent>> GatewayNodes(Topology topology) => new(() => [.. topology.Agents.Values.Where(IsGatewayNode)]);

    private static bool IsGatewayNode(Agent agent) => agent.AdminStateUp && AgentModes.IsGateway(agent.Mode);

    /// <summary>Whether the router has too few nodes, or a makeshift among them.</summary>
    private static bool Wants(Topology topology, Router router, CloudSettings settings)
    {
        GatewayNeeds needs = new(topology, router);
        Agent[] present = [.. router.GatewayBindings.Select(binding => topology.AgentOn(binding.Host)).OfType<Agent>()];
        return needs.Kinds.Any(kind => present.Count(agent => needs.MayKeep(agent, kind)) < needs.Count(kind, settings))
            || !Array.TrueForAll(present, needs.CarriesAll);
    }

    /// <summary>The gateway port is ACTIVE while some node may serve it, as Neutron shows it.</summary>
    private static void ShowOnGatewayPort(TopologyEdit edit, Router router)
    {
        if (router.Gateway is { } gateway && edit.Current.Ports.TryGetValue(gateway.PortId, out Port? port))
        {
            _ = edit.Put(port with { Status = router.GatewayBindings.IsEmpty ? PortStatus.Down : PortStatus.Active });
        }
    }
}

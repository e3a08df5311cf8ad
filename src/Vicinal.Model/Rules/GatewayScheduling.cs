using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>
/// Chooses the nodes that may serve a router's gateway. The choice is a function of the topology alone and it is sticky: nodes
/// already chosen keep their order as long as they qualify, so a new node never moves a gateway that is alive.
/// </summary>
public static class GatewayScheduling
{
    /// <summary>As in Neutron's OVN driver: more standbys cost BFD sessions and make no router safer.</summary>
    public const int MaxBindings = 5;

    /// <summary>Brings one router's bindings up to date; returns the router as it is then.</summary>
    public static Router Schedule(TopologyEdit edit, Router router) => Schedule(edit, router, GatewayNodes(edit.Current));

    private static Router Schedule(TopologyEdit edit, Router router, IReadOnlyList<Agent> nodes)
    {
        List<string> hosts = [];
        if (router.Gateway is { } gateway && edit.Current.Networks.TryGetValue(gateway.NetworkId, out Network? external))
        {
            List<Agent> eligible = [.. nodes.Where(agent => IsEligible(agent, router, external))];
            hosts.AddRange(router.GatewayBindings
                .Select(binding => binding.Host)
                .Where(host => eligible.Exists(agent => agent.Host == host)));
            hosts.AddRange(eligible
                .Where(agent => !hosts.Contains(agent.Host))
                .OrderBy(agent => edit.Current.RoutersByActiveGatewayHost[agent.Host].Count)
                .ThenBy(agent => edit.Current.RoutersByGatewayHost[agent.Host].Count)
                .ThenBy(agent => agent.Id)
                .Select(agent => agent.Host)
                .Take(MaxBindings - hosts.Count));
        }

        ValueList<GatewayBinding> bindings = hosts.Select((host, place) => new GatewayBinding(host, MaxBindings - place)).ToValueList();
        uint schedule = bindings == router.GatewayBindings ? router.Schedule : router.Schedule + 1;
        Router scheduled = edit.Put(router with { GatewayBindings = bindings, Schedule = schedule });
        ShowOnGatewayPort(edit, scheduled);
        return scheduled;
    }

    /// <summary>Reschedules the routers that an agent's coming, going or change of abilities concerns.</summary>
    /// <param name="agent">As it is now, or as it was when it is gone.</param>
    public static void AgentChanged(TopologyEdit edit, Agent agent)
    {
        List<Agent> nodes = GatewayNodes(edit.Current);
        foreach (Guid id in Concerned(edit.Current, agent).ToList())
        {
            _ = Schedule(edit, edit.Current.Routers[id], nodes);
        }
    }

    public static bool IsEligible(Agent agent, Router router, Network external) =>
        agent.AdminStateUp
        && AgentModes.ServesGatewayOf(agent.Mode, router)
        && AgentModes.CanCarry(agent, external)
        && (router.AvailabilityZoneHints.IsEmpty || router.AvailabilityZoneHints.Contains(agent.AvailabilityZone));

    /// <summary>The few among the many nodes that are gateways at all.</summary>
    private static List<Agent> GatewayNodes(Topology topology) => [.. topology.Agents.Values.Where(IsGatewayNode)];

    private static bool IsGatewayNode(Agent agent) => agent is { AdminStateUp: true, Mode: AgentModes.DvrSnat or AgentModes.Legacy };

    /// <summary>Routers bound to the host, and those on networks it can reach that have room for one more. In order of id.</summary>
    private static IEnumerable<Guid> Concerned(Topology topology, Agent agent)
    {
        if (!IsGatewayNode(agent))
        {
            return topology.RoutersByGatewayHost[agent.Host].Order();
        }

        IEnumerable<Guid> wanting = topology.RoutersByExternalNetwork.Keys
            .Where(id => topology.Networks.TryGetValue(id, out Network? network) && AgentModes.CanCarry(agent, network))
            .SelectMany(id => topology.RoutersByExternalNetwork[id])
            .Where(id => topology.Routers[id].GatewayBindings.Count < MaxBindings);
        return topology.RoutersByGatewayHost[agent.Host].Union(wanting).Order();
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

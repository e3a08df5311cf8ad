using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Protocol.Gateways;

namespace Vicinal.Server.Api.Agents;

/// <summary>
/// Which node does what for which router. A distributed router is wherever its networks have ports, on legacy nodes excepted; besides,
/// the nodes that it is scheduled on have it.
/// </summary>
internal static class RouterHosting
{
    /// <summary>
    /// The scheduled nodes in order of priority with their ha_state, then the others without one. A router that is not HA has a state
    /// too, unlike in Neutron: it tells which of a distributed router's nodes serves its gateway.
    /// </summary>
    public static IEnumerable<(Agent Agent, string? HaState)> AgentsOf(Topology topology, Router router, ApiServices services)
    {
        HashSet<string> told = [];
        for (int place = 0; place < router.GatewayBindings.Count; place++)
        {
            string host = router.GatewayBindings[place].Host;
            if (topology.AgentOn(host) is { } agent && told.Add(host))
            {
                yield return (agent, HaState(router, host, place, services));
            }
        }

        if (!router.Distributed)
        {
            yield break;
        }

        IEnumerable<string> hosts = RouterPorts.Interfaces(topology, router.Id)
            .SelectMany(port => topology.PortsByNetwork[port.NetworkId])
            .Select(id => topology.Ports[id].BindingHostId)
            .Where(static host => host.Length > 0)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        foreach (string host in hosts)
        {
            if (topology.AgentOn(host) is { Mode: not AgentModes.Legacy } agent && told.Add(host))
            {
                yield return (agent, null);
            }
        }
    }

    public static IEnumerable<Router> RoutersOn(Topology topology, Agent agent)
    {
        IEnumerable<Guid> spread = agent.Mode == AgentModes.Legacy ? [] : topology.PortsByHost[agent.Host]
            .Select(id => topology.Ports[id].NetworkId)
            .Distinct()
            .SelectMany(network => topology.SubnetsByNetwork[network])
            .SelectMany(subnet => topology.RouterPortsBySubnet[subnet])
            .Select(port => Guid.Parse(topology.Ports[port].DeviceId))
            .Where(id => topology.Routers[id].Distributed);
        return topology.RoutersByGatewayHost[agent.Host].Union(spread).Order().Select(id => topology.Routers[id]);
    }

    /// <summary>What the node itself says. One that has said nothing does what its place says, for then the first one serves.</summary>
    private static string HaState(Router router, string host, int place, ApiServices services)
    {
        if (!services.IsAlive(host))
        {
            return "unknown";
        }

        return services.GatewayRoleOf(router.Id, host) switch
        {
            GatewayRole.Active => "active",
            GatewayRole.Standby => "standby",
            GatewayRole.None => "unknown",
            _ => place == 0 ? "active" : "standby",
        };
    }
}

using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Server.Api.Agents;

/// <summary>An agent's `configurations`: its mode and how much it has to do, as Neutron's L3 agents report it of themselves.</summary>
internal static class AgentConfigurations
{
    public static Dictionary<string, object?> Of(Agent agent, Topology topology)
    {
        List<Router> routers = [.. RouterHosting.RoutersOn(topology, agent)];
        return new()
        {
            ["agent_mode"] = agent.Mode,
            ["bridge_mappings"] = agent.BridgeMappings.ToDictionary(static m => m.PhysicalNetwork, static object? (m) => m.Interface),
            ["tunneling_ip"] = agent.TunnelAddress,
            ["tunnel_types"] = agent.TunnelTypes.ToArray(),
            ["gateway_witness"] = topology.GatewayPolicy?.Witnesses.Contains(agent.Host) ?? false,
            ["handle_internal_only_routers"] = true,
            ["routers"] = routers.Count,
            ["ex_gw_ports"] = routers.Count(static router => router.Gateway is not null),
            ["interfaces"] = routers.Sum(router => RouterPorts.Interfaces(topology, router.Id).Count()),
            ["floating_ips"] = routers.Sum(router => FloatingIpsOf(topology, router).Count(owner => owner == agent.Host)),
        };
    }

    /// <summary>For each floating IP of the router the host that translates it.</summary>
    private static IEnumerable<string?> FloatingIpsOf(Topology topology, Router router)
    {
        string? gateway = router.GatewayBindings.IsEmpty ? null : router.GatewayBindings[0].Host;
        return topology.FloatingIpsByRouter[router.Id].Select(id => topology.FloatingIps[id]).Select(floatingIp =>
            FloatingIpOwner.HostOf(topology, topology.Ports[floatingIp.PortId!.Value], router, topology.Networks[floatingIp.FloatingNetworkId])
            ?? gateway);
    }
}

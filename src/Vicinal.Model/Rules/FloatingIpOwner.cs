using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>Which node answers for a floating IP and translates it.</summary>
public static class FloatingIpOwner
{
    /// <summary>
    /// The port's own node, where the router is distributed and that node translates and reaches the external network; null: the
    /// node that serves the router's gateway.
    /// </summary>
    public static string? HostOf(Topology topology, Port port, Router router, Network external) =>
        router.Distributed && topology.AgentOn(port.BindingHostId) is { } agent && Reaches(agent, external) ? agent.Host : null;

    private static bool Reaches(Agent agent, Network external) =>
        AgentModes.TranslatesFloatingIps(agent.Mode) && external.PhysicalNetwork is { } physical && AgentModes.HasMapping(agent, physical);
}

using Vicinal.Model.Rules;

namespace Vicinal.Model.Paths;

/// <summary>A node where an end of a flow is, with what decides its ways.</summary>
/// <param name="Mode">Its agent's mode.</param>
/// <param name="ReachesOutside">It has a NIC on the router's external network.</param>
public sealed record FlowNode(string Name, string Mode = AgentModes.Dvr, bool ReachesOutside = true)
{
    /// <summary>It routes for its own ports where their router is distributed.</summary>
    public bool Routes => Mode != AgentModes.Legacy;

    /// <summary>It translates the floating IPs of its own ports where their router is distributed.</summary>
    public bool TranslatesFloatingIps => ReachesOutside && Mode is AgentModes.Dvr or AgentModes.DvrSnat;
}

using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>
/// Which nodes should witness who serves a gateway: one, three or five of them, since an even number of witnesses outlives no more
/// failures than one less. Gateway nodes come first, for they fail together with what they witness, then those that witness already, then
/// those in zones that have fewer witnesses.
/// </summary>
public static class WitnessChoice
{
    public const int Most = 5;

    /// <param name="present">Those who witness now.</param>
    /// <returns>In the order in which they were chosen; the present ones when there is nobody to choose from.</returns>
    public static ValueList<string> Of(Topology topology, ValueList<string> present, Func<string, NodePresence> presence)
    {
        List<Agent> candidates = [.. topology.Agents.Values.Where(agent => IsCandidate(agent, present, presence))];
        int count = candidates.Count switch { 0 => 0, < 3 => 1, < Most => 3, _ => Most };
        List<Agent> chosen = [];
        while (chosen.Count < count)
        {
            Agent next = candidates.MinBy(agent => (
                AgentModes.IsGateway(agent.Mode) ? 0 : 1,
                present.Contains(agent.Host) ? 0 : 1,
                chosen.Count(other => other.AvailabilityZone == agent.AvailabilityZone),
                agent.Id))!;
            candidates.Remove(next);
            chosen.Add(next);
        }

        return chosen.Count == 0 ? present : chosen.Select(static agent => agent.Host).ToValueList();
    }

    /// <summary>Whether a witness can go on being one. A silent one can, so that a restart changes nothing; a new one must be there.</summary>
    public static bool CanStay(Topology topology, string host, Func<string, NodePresence> presence) =>
        topology.AgentOn(host) is { } agent && IsAble(agent) && presence(host) != NodePresence.Lost;

    private static bool IsCandidate(Agent agent, ValueList<string> present, Func<string, NodePresence> presence) =>
        IsAble(agent) && presence(agent.Host) is var state
        && (state == NodePresence.Present || (state == NodePresence.Silent && present.Contains(agent.Host)));

    /// <summary>Witnesses are asked at the ends of their tunnels.</summary>
    private static bool IsAble(Agent agent) => agent.AdminStateUp && !agent.TunnelAddress.IsUnspecified;
}

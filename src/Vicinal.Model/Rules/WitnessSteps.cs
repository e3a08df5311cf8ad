using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>
/// How the witnesses become the ones that <see cref="WitnessChoice"/> wants: one member at a time. Majorities of two sets that differ by
/// one member have a member in common, and that one remembers what was granted under the other set. Of sets that differ by two this is not
/// true. So a step waits until the last one is in force at a majority of the set before it and of the set after it, and until nobody serves
/// by what was granted under a set that is older still.
/// </summary>
public static class WitnessSteps
{
    /// <summary>For how long a gateway node that has no standby serves without being confirmed, where the server may schedule another one.</summary>
    private static readonly TimeSpan s_longLease = TimeSpan.FromSeconds(30);

    /// <summary>The last step is in force where it must be before the next one is thought of.</summary>
    /// <param name="hasInForce">Whether a host has the present witnesses in force.</param>
    public static bool IsSettled(Topology topology, GatewayPolicy policy, Func<string, bool> hasInForce) =>
        HasMajority(topology, policy.FormerWitnesses, hasInForce) && HasMajority(topology, policy.Witnesses, hasInForce);

    /// <summary>
    /// For how long the last step must have been settled before the next one is made. Its majority confirms nobody any more who goes by the set before
    /// it, but what it confirmed earlier holds for a lease. The long one need not be waited for when all gateway nodes go by the new set: from then on each counts
    /// on what a majority of that has granted.
    /// </summary>
    public static TimeSpan Pause(Topology topology, GatewayPolicy policy, Func<string, bool> hasInForce)
    {
        if (policy.Witnesses.IsEmpty)
        {
            return TimeSpan.Zero;
        }

        bool waits = policy.AutomaticFailover && topology.Agents.Values.Any(agent => AgentModes.IsGateway(agent.Mode) && !hasInForce(agent.Host));

        // A tenth more, for clocks and threads that run late.
        return 1.1 * (waits ? s_longLease : TimeSpan.FromMilliseconds(policy.LeaseMilliseconds));
    }

    /// <summary>The witnesses after the next step, once the last one is settled and <see cref="Pause"/> is over; null where there is none to make.</summary>
    public static ValueList<string>? Next(Topology topology, GatewayPolicy policy, Func<string, NodePresence> presence)
    {
        // A step that could not be settled would only make things worse, so it is not made: the server may be the one that is cut off.
        bool IsThere(string host) => presence(host) == NodePresence.Present;
        return Step(topology, policy.Witnesses, presence) is { } next
            && HasMajority(topology, policy.Witnesses, IsThere)
            && HasMajority(topology, next, IsThere)
            ? next
            : null;
    }

    /// <summary>Whether more than half of the hosts that still have an agent fulfil it. Deleting an agent is the operator's word that the node is gone.</summary>
    public static bool HasMajority(Topology topology, ValueList<string> hosts, Func<string, bool> fulfils)
    {
        List<string> existing = [.. hosts.Where(topology.AgentsByHost.ContainsKey)];
        return existing.Count == 0 || existing.Count(fulfils) > existing.Count / 2;
    }

    /// <summary>
    /// A dead member goes before another one comes: a set with it and one more would need all others. Among the living the new one
    /// comes first, so that one of them may fail meanwhile.
    /// </summary>
    private static ValueList<string>? Step(Topology topology, ValueList<string> witnesses, Func<string, NodePresence> presence)
    {
        ValueList<string> target = WitnessChoice.Of(topology, witnesses, presence);
        List<string> leaving = [.. witnesses.Where(host => !target.Contains(host))];
        string? joining = target.FirstOrDefault(host => !witnesses.Contains(host));
        string? dead = witnesses.Count > 1 ? leaving.Find(host => !WitnessChoice.CanStay(topology, host, presence)) : null;
        return (dead ?? (joining is null ? leaving.LastOrDefault() : null)) is { } gone
            ? witnesses.Where(host => host != gone).ToValueList()
            : joining is null ? null : witnesses.Append(joining).ToValueList();
    }
}

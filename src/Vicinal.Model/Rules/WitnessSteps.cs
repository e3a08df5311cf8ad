using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>
/// How the witnesses become the ones that <see cref="WitnessChoice"/> wants: one member at a time. Majorities of two sets that differ by
/// one member have a member in common, and that one remembers what was granted under the other set. Of sets that differ by two this is not
/// true, so a step waits until a majority of the set before the last step and a majority of the set after it have the last step in force:
/// then nobody can be granted anything under a set that is older still.
/// </summary>
public static class WitnessSteps
{
    /// <summary>The longest that a single gateway node serves unconfirmed, where the server may schedule another one (the long lease).</summary>
    private static readonly TimeSpan s_longLease = TimeSpan.FromSeconds(30);

    /// <summary>The last step is in force where it must be before the next one is made.</summary>
    /// <param name="hasInForce">Whether a host has the present witnesses in force.</param>
    public static bool IsSettled(Topology topology, GatewayPolicy policy, Func<string, bool> hasInForce) =>
        HasMajority(topology, policy.FormerWitnesses, hasInForce) && HasMajority(topology, policy.Witnesses, hasInForce);

    /// <summary>The witnesses after the next step, or null where there is none to make or to be made yet.</summary>
    /// <param name="mayRemove">The last step has been in force for <see cref="RemovalPause"/>.</param>
    public static ValueList<string>? Next(
        Topology topology, GatewayPolicy policy, Func<string, NodePresence> presence, Func<string, bool> hasInForce, bool mayRemove)
    {
        if (!IsSettled(topology, policy, hasInForce)
            || Step(topology, policy.Witnesses, presence) is not { } next
            || (next.Count < policy.Witnesses.Count && !mayRemove))
        {
            return null;
        }

        // A step that could not be settled would only make things worse, so it is not made: the server may be the one that is cut off.
        bool IsThere(string host) => presence(host) == NodePresence.Present;
        return HasMajority(topology, policy.Witnesses, IsThere) && HasMajority(topology, next, IsThere) ? next : null;
    }

    /// <summary>
    /// Who leaves takes what it remembers along. Until the last lease that it may have been needed for is over, nobody leaves. Who
    /// joins grants nothing for as long by itself.
    /// </summary>
    public static TimeSpan RemovalPause(GatewayPolicy policy) =>
        policy.AutomaticFailover ? 2 * s_longLease : TimeSpan.FromMilliseconds(2 * policy.LeaseMilliseconds);

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

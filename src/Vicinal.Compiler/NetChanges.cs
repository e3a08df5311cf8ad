using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler;

internal static class NetChanges
{
    /// <summary>
    /// One change for each resource, from what it was before the first edit to what it is after the last. States in between are
    /// in neither of the two topologies, so no row reads them.
    /// </summary>
    public static IReadOnlyList<ResourceChange> Of(IReadOnlyList<ResourceChange> changes)
    {
        if (changes.Count <= 1)
        {
            return changes;
        }

        Dictionary<(Type Type, Guid Id), int> places = new(changes.Count);
        List<ResourceChange> net = new(changes.Count);
        foreach (ResourceChange change in changes)
        {
            Resource any = (change.After ?? change.Before)!;
            if (places.TryAdd((any.GetType(), any.Id), net.Count))
            {
                net.Add(change);
            }
            else
            {
                int place = places[(any.GetType(), any.Id)];
                net[place] = net[place] with { After = change.After };
            }
        }

        net.RemoveAll(static c => c.Before is null && c.After is null);
        return net;
    }

    /// <summary>The creation of everything in a topology.</summary>
    public static IReadOnlyList<ResourceChange> CreationOf(Topology topology)
    {
        IEnumerable<Resource> all =
        [
            .. topology.Agents.Values,
            .. topology.Networks.Values,
            .. topology.Subnets.Values,
            .. topology.SecurityGroups.Values,
            .. topology.SecurityGroupRules.Values,
            .. topology.Routers.Values,
            .. topology.Ports.Values,
            .. topology.FloatingIps.Values,
            .. topology.GatewayPolicy is { } policy ? [policy] : Array.Empty<Resource>(),
        ];
        return [.. all.Select(static r => new ResourceChange(null, r))];
    }
}

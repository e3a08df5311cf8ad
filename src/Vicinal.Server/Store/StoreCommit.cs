using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Server.Store;

/// <summary>The difference between two snapshots as the store keeps it: each resource once, in its last state.</summary>
/// <param name="Revision">The revision of the snapshot after.</param>
/// <param name="PortKeys">Next port keys that moved; null where the network is gone.</param>
/// <param name="SegmentationCursors">By space, the segmentation ids drawn last that are others than before.</param>
public sealed record StoreCommit(
    long Revision,
    IReadOnlyList<Resource> Puts,
    IReadOnlyList<Resource> Removals,
    IReadOnlyList<KeyValuePair<Guid, uint?>> PortKeys,
    IReadOnlyList<KeyValuePair<string, uint>> SegmentationCursors)
{
    /// <summary>Coalesces the changes that led from one snapshot to the other; what came and went in between leaves nothing.</summary>
    public static StoreCommit Between(Topology before, Topology after, IEnumerable<ResourceChange> changes)
    {
        Dictionary<(Type Type, Guid Id), ResourceChange> net = [];
        HashSet<Guid> networks = [];
        foreach (ResourceChange change in changes)
        {
            Resource resource = (change.After ?? change.Before)!;
            (Type, Guid) key = (resource.GetType(), resource.Id);
            net[key] = net.TryGetValue(key, out ResourceChange earlier) ? new ResourceChange(earlier.Before, change.After) : change;
            if (resource is Port port)
            {
                networks.Add(port.NetworkId);
            }
            else if (resource is Network && change.After is null)
            {
                networks.Add(resource.Id);
            }
        }

        return new StoreCommit(
            after.Revision,
            [.. net.Values.Where(c => c.After is not null).Select(c => c.After!)],
            [.. net.Values.Where(c => c.After is null && c.Before is not null).Select(c => c.Before!)],
            [.. MovedPortKeys(before, after, networks)],
            [.. after.SegmentationIds.Cursors.Where(cursor => before.SegmentationIds[cursor.Key].Last != cursor.Value)]);
    }

    private static IEnumerable<KeyValuePair<Guid, uint?>> MovedPortKeys(Topology before, Topology after, HashSet<Guid> networks)
    {
        foreach (Guid network in networks)
        {
            uint? old = before.NextPortKeys.TryGetValue(network, out uint o) ? o : null;
            uint? next = after.NextPortKeys.TryGetValue(network, out uint n) ? n : null;
            if (old != next)
            {
                yield return new(network, next);
            }
        }
    }
}

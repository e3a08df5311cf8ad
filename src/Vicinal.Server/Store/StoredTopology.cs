using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Server.Store;

/// <summary>Builds the snapshot that a store holds: tables and indexes are functions of the resources, and only cursors are stored beside them.</summary>
public static class StoredTopology
{
    public static Topology Build(StoredState state)
    {
        Topology topology = Topology.Empty;
        foreach (Resource resource in state.Resources)
        {
            topology = topology.With(null, resource);
        }

        return topology with
        {
            Revision = state.Revision,
            NextPortKeys = topology.NextPortKeys.SetItems(state.NextPortKeys.Where(k => k.Value > topology.NextPortKey(k.Key))),
            SegmentationIds = state.SegmentationCursors.Aggregate(topology.SegmentationIds, (ids, cursor) => ids.WithLast(cursor.Key, cursor.Value)),
            Allocations = topology.Allocations.SearchingBehindTheHighest(),
        };
    }
}

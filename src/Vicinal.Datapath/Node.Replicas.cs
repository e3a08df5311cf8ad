using Vicinal.Datapath.Connections;
using Vicinal.Datapath.State;

namespace Vicinal.Datapath;

/// <content>Connections of routers on more than one gateway node: told by the one that serves, and held by those that stand by.</content>
public sealed partial class Node
{
    /// <summary>Says all connections of one router as they are now, oldest first.</summary>
    public void ReplicateAll(Guid routerId, IConnectionReplicas to)
    {
        ArgumentNullException.ThrowIfNull(to);
        if (_state.Routers.TryById(routerId, out Router? router))
        {
            _connections.ReplicateAll(router.Zone, to);
        }
    }

    /// <summary>The node that serves has the connection, or had it just before this one took over.</summary>
    /// <returns>False when it cannot go on here: the router translates to another address, or a limit keeps it out.</returns>
    public bool PutReplica(in ConnectionRecord record, long now) =>
        record.IsSound && record.OwnerKind == ZoneOwnerKind.Router && TryFindZone(in record, out uint zone) && _connections.PutReplica(in record, zone, now);

    /// <summary>It is over on the node that serves.</summary>
    public void RemoveReplica(in ConnectionRecord record)
    {
        if (record.OwnerKind == ZoneOwnerKind.Router && _state.Routers.TryById(record.OwnerId, out Router? router))
        {
            _connections.RemoveReplica(in record, router.Zone);
        }
    }

    /// <summary>All connections of the router follow, one by one, and <see cref="EndReplicas"/> after them. Begun again, it is from the start.</summary>
    public void BeginReplicas(Guid routerId)
    {
        if (_state.Routers.TryById(routerId, out Router? router))
        {
            _connections.BeginReplicas(router.Zone);
        }
    }

    /// <summary>What was not said since <see cref="BeginReplicas"/> is over. Nothing ends on a node that serves by now.</summary>
    public void EndReplicas(Guid routerId)
    {
        if (_state.Routers.TryById(routerId, out Router? router))
        {
            _connections.EndReplicas(router.Zone);
        }
    }
}

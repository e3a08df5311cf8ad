using Vicinal.Datapath.Connections;
using Vicinal.Datapath.State;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>What became of a predecessor's connections.</summary>
/// <param name="Skipped">Their port or router is not here, their translated address is not the router's any more, or a limit kept them out.</param>
/// <param name="Unsound">Places that hold no whole record: a crash tore it, or another version wrote it.</param>
public readonly record struct RestoredConnections(int Restored, int Skipped, int Unsound);

/// <content>Going on with the connections of a process that ended.</content>
public sealed partial class Node
{
    /// <summary>
    /// Takes over the connections of a journal, after the first full state was applied and before packets come in. Those whose owner is
    /// here go on, each asked by the present rules before its next packet passes; the places of the others are cleared.
    /// </summary>
    /// <param name="journal">
    /// By index; it may be the very memory that this node's journal writes to. Each record is read before its place is written, so that
    /// a crash in between loses none.
    /// </param>
    public RestoredConnections RestoreConnections(ReadOnlySpan<ConnectionRecord> journal, long now)
    {
        int restored = 0;
        int skipped = 0;
        int unsound = 0;
        for (int i = 0; i < journal.Length; i++)
        {
            ConnectionRecord record = journal[i];
            if (record.IsEmpty || IsOwnRecord(i, in record))
            {
                continue;
            }

            if (!record.IsSound)
            {
                unsound++;
            }
            else if (TryFindZone(in record, out uint zone) && !_connections.Restore(in record, zone, now, out _).IsNone)
            {
                restored++;
            }
            else
            {
                skipped++;
            }

            _connections.ClearJournal(i);
        }

        return new RestoredConnections(restored, skipped, unsound);
    }

    /// <summary>Written by this process already: by a packet that came first, or for a record before it.</summary>
    private bool IsOwnRecord(int index, in ConnectionRecord record) =>
        _connections.TryByIndex(index, out ConnectionHandle handle) && record.IsSound && record.Original == _connections[handle].Original
        && record.Owner == _state.Changes.Zones.OwnerOf(_connections[handle].Zone);

    private bool TryFindZone(in ConnectionRecord record, out uint zone)
    {
        zone = 0;
        switch (record.OwnerKind)
        {
            case ZoneOwnerKind.LocalPort when _state.Ports.TryById(record.OwnerId, out LocalPort? port) && port.Row is not null:
                zone = port.Zone;
                return true;
            case ZoneOwnerKind.Router when _state.Routers.TryById(record.OwnerId, out Router? router) && Translates(router, record.ReplyDestination):
                zone = router.Zone;
                return true;
            default:
                return false;
        }
    }

    /// <summary>What was translated to another address cannot go on.</summary>
    private static bool Translates(Router router, IpAddress address) =>
        router is { ZoneRole: not null, Gateway: { Row.EnableSnat: true } gateway } && gateway.SnatAddress == address;
}

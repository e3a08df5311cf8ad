using System.Runtime.InteropServices;
using Vicinal.Forwarding;

namespace Vicinal.Datapath.Connections;

/// <content>Coming and going: commits and limits.</content>
public sealed partial class ConnectionTracker
{
    private const int Nil = -1;

    /// <summary>How many of a full zone's oldest connections are looked at for one that is over.</summary>
    private const int ReclaimDepth = 16;

    private readonly Dictionary<uint, int> _projects = new(1024);

    /// <summary>Head of the chain of freed places, linked by ZoneNext.</summary>
    private int _free = Nil;

    /// <summary>Places at and above were never used, and their memory never touched.</summary>
    private int _untouched;

    public int CountOf(uint project) => _projects.GetValueOrDefault(project);

    /// <summary>
    /// Opens a connection. Without translation <paramref name="reply"/> is the original's reverse. A connection that is worn out or
    /// forgotten gives way; the same one committed twice in one batch is one. The caller notes the first packet afterwards.
    /// </summary>
    /// <param name="refusal">
    /// Why the result is <see cref="ConnectionHandle.None"/>: a limit; a reply tuple that is another's (NatExhausted); an original
    /// that is another's, or a packet that would be its own answer (InvalidConnectionState).
    /// </param>
    public ConnectionHandle Commit(
        uint zone, in ConnectionTuple original, in ConnectionTuple reply, in CommitInfo info, long now, out DropReason refusal)
    {
        refusal = DropReason.None;
        if (original == reply)
        {
            refusal = DropReason.InvalidConnectionState;
            return ConnectionHandle.None;
        }

        int holder = HolderAfterReclaim(zone, in original, now);
        if (holder != TupleIndex.NotFound)
        {
            if ((holder & 1) == 0 && _connections[holder >> 1].Reply == reply)
            {
                return HandleOf(holder >> 1);
            }

            refusal = DropReason.InvalidConnectionState;
            return ConnectionHandle.None;
        }

        if (HolderAfterReclaim(zone, in reply, now) != TupleIndex.NotFound)
        {
            refusal = DropReason.NatExhausted;
            return ConnectionHandle.None;
        }

        if (!HasRoom(zone, info.Project))
        {
            Refused++;
            refusal = DropReason.ConnectionLimit;
            return ConnectionHandle.None;
        }

        return Add(zone, in original, in reply, in info, now);
    }

    /// <summary>Forgets one connection and its flows at once.</summary>
    public void Remove(ConnectionHandle handle)
    {
        if (IsLive(handle))
        {
            RemoveAt((int)handle.Index);
        }
    }

    /// <summary>Who holds the tuple, after one that has no claim on it any more was removed.</summary>
    private int HolderAfterReclaim(uint zone, in ConnectionTuple tuple, long now)
    {
        int holder = _index.Find(zone, in tuple);
        if (holder != TupleIndex.NotFound && (_connections[holder >> 1].IsWornOut || IsForgotten(holder >> 1, now)))
        {
            RemoveAt(holder >> 1);
            return TupleIndex.NotFound;
        }

        return holder;
    }

    private bool HasRoom(uint zone, uint project)
    {
        if ((CountIn(zone) >= _limits.PerZone || Count >= _limits.Total) && !ReclaimWornOut(zone))
        {
            return false;
        }

        return project == 0 || CountOf(project) < _limits.PerProject || ReclaimWornOut(zone);
    }

    /// <summary>
    /// A zone that is full of connections in TIME_WAIT would refuse new ones for two minutes; those that are over go first.
    /// Only the zone's own are taken, so that nobody loses anything to a neighbour.
    /// </summary>
    private bool ReclaimWornOut(uint zone)
    {
        int at = _zones.TryGetValue(zone, out ZoneList list) ? list.Oldest : Nil;
        for (int i = 0; i < ReclaimDepth && at != Nil; i++)
        {
            if (_connections[at].IsWornOut)
            {
                RemoveAt(at);
                return true;
            }

            at = _connections[at].ZoneNext;
        }

        return false;
    }

    private ConnectionHandle Add(uint zone, in ConnectionTuple original, in ConnectionTuple reply, in CommitInfo info, long now)
    {
        int index = _free;
        if (index == Nil)
        {
            index = _untouched++;
        }
        else
        {
            _free = _connections[index].ZoneNext;
        }

        uint generation = _connections[index].Generation;
        _connections[index] = new Connection
        {
            Original = original,
            Reply = reply,
            Zone = zone,
            Generation = generation == 0 ? 1 : generation,
            Port = info.Port,
            Project = info.Project,
            PolicyGeneration = info.PolicyGeneration,
            Created = now,
            LastSeen = now,
            TimerSlot = Nil,
        };
        _index.Insert(zone, in original, index << 1);
        _index.Insert(zone, in reply, (index << 1) | 1);
        LinkZone(index, zone);
        if (info.Project != 0)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_projects, info.Project, out _)++;
        }

        StartTimer(index, now);
        Count++;
        Crowds.Taken(zone, in original);
        Crowds.Taken(zone, in reply);
        Record(index);
        return HandleOf(index);
    }

    private void RemoveAt(int index)
    {
        ref Connection connection = ref _connections[index];
        if (IsReplicated(connection.Zone))
        {
            _replicas!.Remove(ConnectionRecord.Of(in connection, OwnerOf(index)));
        }

        Flows?.RemoveConnection(HandleOf(index));
        _index.Remove(connection.Zone, connection.Original, index << 1);
        _index.Remove(connection.Zone, connection.Reply, (index << 1) | 1);
        Crowds.Freed(connection.Zone, connection.Original);
        Crowds.Freed(connection.Zone, connection.Reply);
        StopTimer(index);
        connection.TimerSlot = Nil;
        UnlinkZone(index);
        if (connection.Project != 0)
        {
            ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_projects, connection.Project, out _);
            if (--count == 0)
            {
                _projects.Remove(connection.Project);
            }
        }

        // Generation 0 is nobody's, also after the counter has gone round.
        connection.Generation = connection.Generation == uint.MaxValue ? 1 : connection.Generation + 1;
        connection.ZoneNext = _free;
        _free = index;
        Count--;
        _journal?.Clear(index);
    }
}

namespace Vicinal.Datapath.Connections;

/// <content>Connections that are on other nodes too: told of from here, or told to this node.</content>
public sealed partial class ConnectionTracker
{
    /// <summary>
    /// How much longer (in ms) than its time a replica is kept. The node that serves says it again within that time as long as it lasts, and
    /// says when it ends.
    /// </summary>
    public const long ReplicaGrace = 600_000;

    private readonly IConnectionReplicas? _replicas;

    /// <summary>Of the zones that are on other nodes too, and only of these.</summary>
    private readonly Dictionary<uint, Duty> _duties = [];

    /// <summary>Full sets under way, by zone: the number that those connections bear that were said since it began.</summary>
    private readonly Dictionary<uint, uint> _sets = [];

    private uint _lastSet;

    /// <summary>
    /// Costs the same whatever the number of connections: each that is there has at least its whole timeout from now on, as if its last packet
    /// had passed at this moment.
    /// </summary>
    public void SetRole(uint zone, ZoneRole role, long now)
    {
        if (role == ZoneRole.Alone)
        {
            _duties.Remove(zone);
        }
        else
        {
            _duties[zone] = new Duty(role, now);
        }

        if (role != ZoneRole.Standby)
        {
            _sets.Remove(zone);
        }
    }

    /// <summary>Says all connections of a zone as they are now, oldest first.</summary>
    public void ReplicateAll(uint zone, IConnectionReplicas to)
    {
        ArgumentNullException.ThrowIfNull(to);
        int at = _zones.TryGetValue(zone, out ZoneList list) ? list.Oldest : Nil;
        for (; at != Nil; at = _connections[at].ZoneNext)
        {
            to.Put(ConnectionRecord.Of(in _connections[at], OwnerOf(at)));
        }
    }

    /// <summary>
    /// Takes the word of the node that serves: what has one of the tuples here and is another connection gives way. Where this node serves by now
    /// it is a late word, which only adds what is not here.
    /// </summary>
    /// <returns>False when it is kept out, by a limit or by what is here.</returns>
    public bool PutReplica(in ConnectionRecord record, uint zone, long now)
    {
        ConnectionTuple original = record.Original;
        ConnectionTuple reply = record.Reply;
        int holder = _index.Find(zone, in original);
        bool same = holder != TupleIndex.NotFound && (holder & 1) == 0 && _connections[holder >> 1].Reply == reply;
        if (RoleOf(zone) != ZoneRole.Standby)
        {
            return same || !RestoreHere(in record, zone, now).IsNone;
        }

        ConnectionHandle handle = same ? HandleOf(holder >> 1) : ConnectionHandle.None;
        if (same)
        {
            Become(in record, handle, now);
        }
        else
        {
            RemoveHolder(holder);
            RemoveHolder(_index.Find(zone, in reply));
            handle = RestoreHere(in record, zone, now);
        }

        if (handle.IsNone)
        {
            return false;
        }

        _connections[handle.Index].Set = _sets.GetValueOrDefault(zone);
        return true;
    }

    /// <summary>Another node's clock is none of ours: the connection is as old as it has been here.</summary>
    private ConnectionHandle RestoreHere(in ConnectionRecord record, uint zone, long now)
    {
        ConnectionHandle handle = Restore(in record, zone, now, out _);
        if (!handle.IsNone)
        {
            _connections[handle.Index].Created = now;
        }

        return handle;
    }

    /// <summary>The node that serves has no such connection any more; heard only where this one stands by.</summary>
    public void RemoveReplica(in ConnectionRecord record, uint zone)
    {
        ConnectionTuple original = record.Original;
        int holder = RoleOf(zone) == ZoneRole.Standby ? _index.Find(zone, in original) : TupleIndex.NotFound;
        if (holder != TupleIndex.NotFound && (holder & 1) == 0 && _connections[holder >> 1].Reply == record.Reply)
        {
            RemoveAt(holder >> 1);
        }
    }

    public void BeginReplicas(uint zone)
    {
        if (RoleOf(zone) == ZoneRole.Standby)
        {
            _sets[zone] = ++_lastSet;
        }
    }

    public void EndReplicas(uint zone)
    {
        if (!_sets.Remove(zone, out uint set))
        {
            return;
        }

        int at = _zones.TryGetValue(zone, out ZoneList list) ? list.Oldest : Nil;
        while (at != Nil)
        {
            int next = _connections[at].ZoneNext;
            if (_connections[at].Set != set)
            {
                RemoveAt(at);
            }

            at = next;
        }
    }

    private ZoneRole RoleOf(uint zone) => _duties.TryGetValue(zone, out Duty duty) ? duty.Role : ZoneRole.Alone;

    private long ServedSince(uint zone) =>
        _duties.TryGetValue(zone, out Duty duty) && duty.Role == ZoneRole.Active ? duty.Since : long.MinValue;

    private long GraceOf(uint zone) => RoleOf(zone) == ZoneRole.Standby ? ReplicaGrace : 0;

    private bool IsReplicated(uint zone) => _replicas is not null && RoleOf(zone) == ZoneRole.Active;

    private void RemoveHolder(int holder)
    {
        if (holder != TupleIndex.NotFound)
        {
            RemoveAt(holder >> 1);
        }
    }

    private readonly record struct Duty(ZoneRole Role, long Since);
}

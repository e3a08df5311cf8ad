using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Connections;

/// <content>What outlives the process: the journal of connections, and taking them over from a predecessor.</content>
public sealed partial class ConnectionTracker
{
    /// <summary>No port's rules are at this generation, so they are asked about the connection before its next packet passes.</summary>
    public const uint UnaskedPolicy = uint.MaxValue;

    /// <summary>What stays of the flags over a restart; the rest speaks of packets that nobody saw.</summary>
    private const ConnectionFlags Lasting = ConnectionFlags.Answered | ConnectionFlags.DoubtfulReset;

    private readonly IConnectionJournal? _journal;
    private readonly ZoneDirectory? _zoneDirectory;

    /// <summary>
    /// Commits a predecessor's connection again: same tuples, so the same NAT port; same state and age. What was known of its TCP windows
    /// is not, and the rules are asked again before its next packet passes.
    /// </summary>
    /// <param name="zone">The present zone of the record's owner.</param>
    /// <param name="refusal">As for <see cref="Commit"/>; a connection that is there already is refused as InvalidConnectionState.</param>
    public ConnectionHandle Restore(in ConnectionRecord record, uint zone, long now, out DropReason refusal)
    {
        ConnectionTuple original = record.Original;
        ConnectionTuple reply = record.Reply;
        if (Contains(zone, in original))
        {
            refusal = DropReason.InvalidConnectionState;
            return ConnectionHandle.None;
        }

        ConnectionRecord old = record;
        CommitInfo info = new(old.Port, old.Project, UnaskedPolicy);
        ConnectionHandle handle = Commit(zone, in original, in reply, in info, now, out refusal);
        if (handle.IsNone)
        {
            return handle;
        }

        _connections[handle.Index].Created = Math.Min(old.Created, now);
        Become(in old, handle, now);
        return handle;
    }

    /// <summary>The connection's state is what another process knew.</summary>
    private void Become(in ConnectionRecord record, ConnectionHandle handle, long now)
    {
        ref Connection connection = ref _connections[handle.Index];
        bool tcp = connection.Original.Protocol == IpProtocol.Tcp;
        connection.Flags = (record.Flags & Lasting) | ConnectionFlags.Cached | (tcp ? ConnectionFlags.MidStream : ConnectionFlags.None);
        connection.TcpState = tcp ? record.TcpState : TcpState.None;
        connection.LastSeen = now;
        RestartTimer((int)handle.Index, now);
        Record((int)handle.Index);
    }

    /// <summary>Clears the journal's place if it is no live connection's: what was there has been taken over or refused.</summary>
    public void ClearJournal(int index)
    {
        if (!TryByIndex(index, out _))
        {
            _journal?.Clear(index);
        }
    }

    /// <summary>The live connection at an index.</summary>
    public bool TryByIndex(int index, out ConnectionHandle handle)
    {
        bool live = (uint)index < (uint)_untouched && _connections[index].TimerSlot != Nil;
        handle = live ? HandleOf(index) : ConnectionHandle.None;
        return live;
    }

    private void Record(int index)
    {
        bool replicated = IsReplicated(_connections[index].Zone);
        if (_journal is null && !replicated)
        {
            return;
        }

        ConnectionRecord record = ConnectionRecord.Of(in _connections[index], OwnerOf(index));
        _journal?.Write(index, in record);
        if (replicated)
        {
            _replicas!.Put(in record);
        }
    }

    /// <summary>Records it when what lasts of it has changed.</summary>
    private void RecordChange(int index, TcpState state, ConnectionFlags flags)
    {
        ref Connection connection = ref _connections[index];
        if ((_journal is not null || _replicas is not null) && (connection.TcpState != state || ((connection.Flags ^ flags) & Lasting) != 0))
        {
            Record(index);
        }
    }

    private ZoneOwner OwnerOf(int index) => _zoneDirectory?.OwnerOf(_connections[index].Zone) ?? default;
}

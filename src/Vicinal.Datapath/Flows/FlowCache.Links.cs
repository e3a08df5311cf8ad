using System.Runtime.InteropServices;
using Vicinal.Datapath.Connections;

namespace Vicinal.Datapath.Flows;

/// <content>
/// Which flows came in where, and which belong to a connection: lists through the entries themselves, so that a port or a
/// connection that goes takes its flows along without a search.
/// </content>
public sealed unsafe partial class FlowCache
{
    private readonly Dictionary<(FlowInputKind Kind, uint Index), int> _inputHeads = new(1024);

    /// <summary>By a connection's index. The tracker tells before it gives an index to another connection, so all in a list are of one.</summary>
    private readonly int[] _connectionHeads;

    /// <summary>Removes all flows that came in by a port, a VNI from any peer, or a physical network.</summary>
    public void RemoveInput(FlowInputKind kind, uint index)
    {
        while (_inputHeads.TryGetValue((kind, index), out int slot))
        {
            Remove(slot);
        }
    }

    public void Clear()
    {
        for (int slot = 0; slot < _untouched; slot++)
        {
            Remove(slot);
        }
    }

    public void RemoveConnection(ConnectionHandle connection)
    {
        while (_connectionHeads[connection.Index] != NotFound)
        {
            Remove(_connectionHeads[connection.Index] / FlowAction.MaxConnections);
        }
    }

    public long LastUsed(ConnectionHandle connection, long now)
    {
        long last = long.MinValue;
        for (int at = _connectionHeads[connection.Index]; at != NotFound; at = LinkAt(at).Next)
        {
            ref FlowEntry entry = ref _entries[at / FlowAction.MaxConnections];
            last = Math.Max(last, LastUsedOf(in entry) + LagOf(in entry, now));
        }

        return last;
    }

    private bool AreConnectionsSettled(in FlowAction action)
    {
        for (int i = 0; i < action.ConnectionCount; i++)
        {
            ConnectionHandle connection = action.Connections[i].Handle;
            if (_tracker is null || !_tracker.IsLive(connection) || !_tracker[connection].IsSettled)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Tells the tracker what passed since it was last told.</summary>
    private void Report(int slot)
    {
        ref FlowEntry entry = ref _entries[slot];
        if (entry.RecentPackets != 0)
        {
            (long packets, long bytes) = (entry.RecentPackets, entry.RecentBytes);
            entry.RecentPackets = 0;
            entry.RecentBytes = 0;
            Report(slot, packets, bytes);
        }
    }

    private void Report(int slot, long packets, long bytes)
    {
        ref FlowEntry entry = ref _entries[slot];
        for (int i = 0; i < entry.ActionField.ConnectionCount; i++)
        {
            FlowConnection connection = entry.ActionField.Connections[i];
            _tracker!.NoteTraffic(connection.Handle, connection.IsReply != 0, packets, bytes, LastUsedOf(in entry));
        }

        entry.ReportedPackets += packets;
        entry.ReportedBytes += bytes;
    }

    private void LinkInput(int slot)
    {
        ref FlowEntry entry = ref _entries[slot];
        ref int head = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _inputHeads, (entry.KeyField.InputKind, entry.KeyField.InputIndex), out bool exists);
        entry.InputPrevious = NotFound;
        entry.InputNext = exists ? head : NotFound;
        if (exists)
        {
            _entries[head].InputPrevious = slot;
        }

        head = slot;
    }

    private void UnlinkInput(int slot)
    {
        ref FlowEntry entry = ref _entries[slot];
        if (entry.InputNext != NotFound)
        {
            _entries[entry.InputNext].InputPrevious = entry.InputPrevious;
        }

        if (entry.InputPrevious != NotFound)
        {
            _entries[entry.InputPrevious].InputNext = entry.InputNext;
        }
        else if (entry.InputNext == NotFound)
        {
            _inputHeads.Remove((entry.KeyField.InputKind, entry.KeyField.InputIndex));
        }
        else
        {
            _inputHeads[(entry.KeyField.InputKind, entry.KeyField.InputIndex)] = entry.InputNext;
        }
    }

    private void LinkConnections(int slot)
    {
        ref FlowEntry entry = ref _entries[slot];
        for (int i = 0; i < entry.ActionField.ConnectionCount; i++)
        {
            FlowConnection connection = entry.ActionField.Connections[i];
            ref int head = ref _connectionHeads[connection.Index];
            int at = (slot * FlowAction.MaxConnections) + i;
            LinkAt(at) = new FlowLink { Next = head, Previous = NotFound };
            if (head != NotFound)
            {
                LinkAt(head).Previous = at;
            }

            head = at;
            _tracker!.NoteCached(connection.Handle);
        }
    }

    private void UnlinkConnections(int slot)
    {
        ref FlowEntry entry = ref _entries[slot];
        for (int i = 0; i < entry.ActionField.ConnectionCount; i++)
        {
            FlowLink link = entry.Links[i];
            if (link.Next != NotFound)
            {
                LinkAt(link.Next).Previous = link.Previous;
            }

            if (link.Previous != NotFound)
            {
                LinkAt(link.Previous).Next = link.Next;
            }
            else
            {
                _connectionHeads[entry.ActionField.Connections[i].Index] = link.Next;
            }
        }
    }

    private ref FlowLink LinkAt(int at) => ref _entries[at / FlowAction.MaxConnections].Links[at % FlowAction.MaxConnections];
}

using Vicinal.Gateways.Leases;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Replication;

/// <summary>
/// The standby's end of one active node's stream: hands items on in order, and asks again for what is missing. One thread.
/// </summary>
/// <param name="incarnation">Of this node's process: a sender sees by it that what it had acknowledged is gone.</param>
public sealed class ReplicationReceiver(ulong incarnation)
{
    private readonly HashSet<Guid> _full = [];
    private ulong _sender;
    private uint _stream;
    private ulong _next;
    private long _lastHeard = NodeLease.Never;

    /// <summary>The router's full set is here, and what came after it.</summary>
    public bool IsInFull(Guid routerId) => _full.Contains(routerId);

    /// <summary>Takes a message in, and writes the acknowledgement that answers it. What is damaged or late has none.</summary>
    /// <param name="answer">At least <see cref="Elections.OutgoingMessage.MaxSize"/> bytes.</param>
    /// <param name="length">0: there is nothing to answer.</param>
    public void Receive(ReadOnlySpan<byte> message, long now, IReplicaSink sink, Span<byte> answer, out int length)
    {
        length = 0;
        if (!MessageReader.TryOpen(message, out MessageReader reader) || reader.Header.Kind != MessageKind.Replicate || !IsSound(in reader))
        {
            return;
        }

        ReplicateMessage head = ReplicateMessage.Read(reader.Fixed);
        if (!Follow(reader.Header.Incarnation, head.Stream, now, sink))
        {
            return;
        }

        MessageFlags flags = MessageFlags.None;
        if (head.First <= _next)
        {
            TakeIn(in reader, in head, sink);
        }
        else
        {
            flags = MessageFlags.Gap;
        }

        new MessageHeader(MessageKind.Replicated, 0, flags, incarnation, 0).Write(answer);
        new ReplicatedMessage(_sender, _stream, _next).Write(answer[MessageHeader.Size..]);
        length = MessageHeader.Size + ReplicatedMessage.Size;
    }

    private static bool IsSound(in MessageReader reader)
    {
        for (int i = 0; i < reader.Count; i++)
        {
            if ((ReplicaItem)reader.Entry(i)[0] is not (ReplicaItem.Put or ReplicaItem.Remove))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>False: a message of an earlier stream, which is late. A clock that was set back at a reboot must not shut a node out for ever.</summary>
    private bool Follow(ulong sender, uint stream, long now, IReplicaSink sink)
    {
        bool older = sender < _sender || (sender == _sender && stream < _stream);
        if (older && (sender == _sender || now < _lastHeard + (2 * LeasePeriods.Long)))
        {
            return false;
        }

        _lastHeard = now;
        if (sender != _sender || stream != _stream)
        {
            _sender = sender;
            _stream = stream;
            _next = 0;
            _full.Clear();
            sink.Reset();
        }

        return true;
    }

    /// <summary>Hands on the items that are new; of a message that was sent again some may be known.</summary>
    private void TakeIn(in MessageReader reader, in ReplicateMessage head, IReplicaSink sink)
    {
        ulong place = head.First;
        if ((reader.Header.Flags & MessageFlags.Begins) != 0 && place++ == _next)
        {
            _next++;
            _full.Remove(head.RouterId);
            sink.Begin(head.RouterId, head.Epoch);
        }

        for (int i = 0; i < reader.Count; i++)
        {
            if (place++ != _next)
            {
                continue;
            }

            _next++;
            ReadOnlySpan<byte> entry = reader.Entry(i);
            if ((ReplicaItem)entry[0] == ReplicaItem.Put)
            {
                sink.Put(head.RouterId, entry[1..]);
            }
            else
            {
                sink.Remove(head.RouterId, entry[1..]);
            }
        }

        if ((reader.Header.Flags & MessageFlags.Ends) != 0 && place == _next)
        {
            _next++;
            _full.Add(head.RouterId);
            sink.End(head.RouterId);
        }
    }
}

using System.Buffers.Binary;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Replication;

/// <summary>
/// The active node's end of one stream of connections to one standby, for all routers that this node serves and that standby backs. In order
/// and acknowledged, and bounded: what does not fit ends the stream, and full sets begin a new one once the standby is heard. One thread; one
/// for each standby as long as the process lives, since the receiver tells streams apart by their numbers.
/// </summary>
/// <param name="incarnation">As <see cref="Elections.GatewaySettings"/> has it.</param>
/// <param name="capacity">Items that may wait to be acknowledged: more than full sets of all routers have.</param>
public sealed class ReplicationSender(ulong incarnation, int capacity)
{
    /// <summary>Items in flight: 64 messages.</summary>
    private const ulong Window = 64 * ReplicationMessage.EntriesPerMessage;

    private const long FirstPause = 10 * Nanoseconds.PerMillisecond;
    private const long LongestPause = 200 * Nanoseconds.PerMillisecond;

    /// <summary>A stream that has nothing to say asks so often whether the standby still has what it was told.</summary>
    private const long IdlePause = Nanoseconds.PerSecond;

    /// <summary>A gap that is heard of again so soon is the same one.</summary>
    private const long GapPause = 2 * Nanoseconds.PerMillisecond;

    /// <summary>Full sets are not said more often, so that a standby that is too slow costs little.</summary>
    private const long FullSetPause = Nanoseconds.PerSecond;

    private readonly ReplicationQueue _queue = new();
    private uint _stream = 1;
    private ulong _receiver;
    private ulong _next;
    private long _pause = FirstPause;
    private long _resendAt = long.MaxValue;
    private long _goneBackAt = long.MinValue / 2;
    private bool _broken;
    private long _fullSetsAt = long.MinValue / 2;

    /// <summary>A new stream waits for its full sets: the caller calls <see cref="Restart"/>, and says all connections of all routers again.</summary>
    public bool WantsFullSets { get; private set; }

    /// <summary>Everything that was said is acknowledged.</summary>
    public bool IsFlushed => !_broken && !WantsFullSets && _queue.Count == 0;

    public int Waiting => _queue.Count;

    /// <summary>When <see cref="TryNext"/> has something to send, if nothing is said or received before.</summary>
    public long NextDue => CanSend ? long.MinValue : _resendAt;

    private bool CanSend => !_broken && !WantsFullSets && _next < _queue.Next && _next - _queue.First < Window;

    /// <summary>What is said from here on belongs to the new stream.</summary>
    public void Restart() => WantsFullSets = false;

    /// <param name="epoch">Under which this node serves the router: of two nodes that say its connections, the one with the newer epoch is right.</param>
    public void Begin(Guid routerId, Epoch epoch)
    {
        Span<byte> place = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(place, epoch.Value);
        Add(ReplicaItem.Begin, routerId, place);
    }

    public void Put(Guid routerId, ReadOnlySpan<byte> record) => Add(ReplicaItem.Put, routerId, record[..ReplicationMessage.RecordSize]);

    public void Remove(Guid routerId, ReadOnlySpan<byte> record) => Add(ReplicaItem.Remove, routerId, record[..ReplicationMessage.RecordSize]);

    public void End(Guid routerId) => Add(ReplicaItem.End, routerId, []);

    /// <summary>An acknowledgement from the standby.</summary>
    public void Receive(ReadOnlySpan<byte> message, long now)
    {
        if (!MessageReader.TryOpen(message, out MessageReader reader) || reader.Header.Kind != MessageKind.Replicated)
        {
            return;
        }

        ReplicatedMessage heard = ReplicatedMessage.Read(reader.Fixed);
        if (heard.Sender != incarnation || heard.Stream != _stream || heard.Next > _queue.Next)
        {
            return;
        }

        if (_receiver != reader.Header.Incarnation && _queue.First > 0)
        {
            // Another process stands by now, and has nothing of what is acknowledged.
            BreakOff(now);
        }

        _receiver = reader.Header.Incarnation;
        if (_broken)
        {
            Mend(now);
            return;
        }

        Acknowledge(heard.Next, (reader.Header.Flags & MessageFlags.Gap) != 0, now);
    }

    /// <summary>Writes the next datagram that is due, new or again. False: nothing is due before <see cref="NextDue"/>.</summary>
    /// <param name="message">At least <see cref="Elections.OutgoingMessage.MaxSize"/> bytes.</param>
    public bool TryNext(long now, Span<byte> message, out int length)
    {
        length = 0;
        if (_broken || WantsFullSets)
        {
            return TryProbe(now, message, out length);
        }

        if (now >= _resendAt && _queue.Count == 0)
        {
            _resendAt = now + IdlePause;
            length = WriteHead(message, new ReplicateMessage(_stream, _queue.Next, Guid.Empty, Epoch.None), MessageFlags.None, 0);
            return true;
        }

        if (now >= _resendAt)
        {
            _next = _queue.First;
            _pause = Math.Min(2 * _pause, LongestPause);
            _resendAt = now + _pause;
        }

        if (!CanSend)
        {
            return false;
        }

        length = WriteItems(message);
        _resendAt = Math.Min(_resendAt, now + _pause);
        return true;
    }

    private void Add(ReplicaItem item, Guid routerId, ReadOnlySpan<byte> record)
    {
        if (_broken || WantsFullSets)
        {
            // Full sets will have it.
            return;
        }

        if (_queue.Count >= capacity)
        {
            BreakOff(long.MinValue / 2);
            return;
        }

        _queue.Add(item, routerId, record);
    }

    private void Acknowledge(ulong next, bool gap, long now)
    {
        if (next > _queue.First)
        {
            _queue.RemoveTo(next);
            _next = Math.Max(_next, next);
            _pause = FirstPause;
            _resendAt = now + (_queue.Count == 0 ? IdlePause : _pause);
        }

        if (gap && now >= _goneBackAt + GapPause)
        {
            _goneBackAt = now;
            _next = _queue.First;
        }
    }

    /// <summary>Gives the stream up. The next one is announced until the standby is heard.</summary>
    private void BreakOff(long now)
    {
        _stream++;
        _queue.Clear();
        _next = 0;
        _broken = true;
        _pause = FirstPause;
        _resendAt = now;
    }

    private void Mend(long now)
    {
        if (now >= _fullSetsAt)
        {
            _broken = false;
            WantsFullSets = true;
            _fullSetsAt = now + FullSetPause;
            _resendAt = long.MaxValue;
        }
    }

    /// <summary>An empty message of the new stream, to learn whether the standby is there.</summary>
    private bool TryProbe(long now, Span<byte> message, out int length)
    {
        length = 0;
        if (!_broken || now < _resendAt)
        {
            return false;
        }

        length = WriteHead(message, new ReplicateMessage(_stream, 0, Guid.Empty, Epoch.None), MessageFlags.None, 0);
        _resendAt = now + _pause;
        _pause = Math.Min(2 * _pause, LongestPause);
        return true;
    }

    /// <summary>As many items of one router as follow each other and fit.</summary>
    private int WriteItems(Span<byte> message)
    {
        ulong first = _next;
        Guid router = _queue.RouterAt(first);
        MessageFlags flags = MessageFlags.None;
        Epoch epoch = Epoch.None;
        if (_queue.ItemAt(first) == ReplicaItem.Begin)
        {
            flags = MessageFlags.Begins;
            epoch = new Epoch(BinaryPrimitives.ReadUInt64BigEndian(_queue.RecordAt(first)));
            _next++;
        }

        int length = MessageHeader.Size + ReplicateMessage.Size;
        byte count = 0;
        while (_next < _queue.Next && (flags & MessageFlags.Ends) == 0 && _queue.RouterAt(_next) == router)
        {
            ReplicaItem item = _queue.ItemAt(_next);
            if (item == ReplicaItem.Begin || (item != ReplicaItem.End && count == ReplicationMessage.EntriesPerMessage))
            {
                break;
            }

            _next++;
            if (item == ReplicaItem.End)
            {
                flags |= MessageFlags.Ends;
                continue;
            }

            message[length] = (byte)item;
            _queue.RecordAt(_next - 1).CopyTo(message[(length + 1)..]);
            length += ReplicationMessage.EntrySize;
            count++;
        }

        _ = WriteHead(message, new ReplicateMessage(_stream, first, router, epoch), flags, count);
        return length;
    }

    private int WriteHead(Span<byte> message, ReplicateMessage head, MessageFlags flags, byte count)
    {
        new MessageHeader(MessageKind.Replicate, count, flags, incarnation, 0).Write(message);
        head.Write(message[MessageHeader.Size..]);
        return MessageHeader.Size + ReplicateMessage.Size;
    }
}

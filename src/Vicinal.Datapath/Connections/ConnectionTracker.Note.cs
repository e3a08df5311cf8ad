using Vicinal.Packets;

namespace Vicinal.Datapath.Connections;

/// <content>What packets tell: counters, the TCP state machine, what is believed of a reset.</content>
public sealed partial class ConnectionTracker
{
    /// <summary>Connections whose windows are not known well enough to judge a reset by.</summary>
    private const ConnectionFlags Unjudged = ConnectionFlags.Cached | ConnectionFlags.MidStream;

    /// <summary>
    /// A packet of the connection went on its way; <see cref="Look"/> said that it may. A handle that is stale is ignored, and so are errors
    /// about the connection: they keep nothing alive.
    /// </summary>
    public void Note(ConnectionHandle handle, bool reply, in PacketHeaders h, ReadOnlySpan<byte> frame, long now)
    {
        if (!IsLive(handle) || h.IsIcmpError)
        {
            return;
        }

        ref Connection connection = ref _connections[handle.Index];
        (TcpState state, ConnectionFlags flags) = (connection.TcpState, connection.Flags);
        AddTraffic(ref connection, reply, 1, h.L3Length);
        connection.LastSeen = now;
        if (reply)
        {
            connection.Flags |= ConnectionFlags.Answered;
        }

        if (connection.Original.Protocol == IpProtocol.Tcp)
        {
            NoteTcp(ref connection, reply, in h, frame);
        }

        RestartTimer((int)handle.Index, now);
        RecordChange((int)handle.Index, state, flags);
    }

    /// <summary>Cached flows tell what passed them, in one sum. A handle that is stale is ignored.</summary>
    public void NoteTraffic(ConnectionHandle handle, bool reply, long packets, long bytes, long lastSeen)
    {
        if (!IsLive(handle))
        {
            return;
        }

        ref Connection connection = ref _connections[handle.Index];
        AddTraffic(ref connection, reply, packets, bytes);
        ConnectionFlags flags = connection.Flags;
        connection.Flags |= reply ? ConnectionFlags.Answered : ConnectionFlags.None;

        // The first answers may be told of after a later packet that they answer.
        if (lastSeen > connection.LastSeen || flags != connection.Flags)
        {
            connection.LastSeen = Math.Max(lastSeen, connection.LastSeen);
            RestartTimer((int)handle.Index, connection.LastSeen);
            RecordChange((int)handle.Index, connection.TcpState, flags);
        }
    }

    /// <summary>From now on packets may pass that the tracker does not see.</summary>
    public void NoteCached(ConnectionHandle handle)
    {
        if (IsLive(handle))
        {
            _connections[handle.Index].Flags |= ConnectionFlags.Cached;
        }
    }

    private static void AddTraffic(ref Connection connection, bool reply, long packets, long bytes)
    {
        if (reply)
        {
            connection.ReplyPackets += packets;
            connection.ReplyBytes += bytes;
        }
        else
        {
            connection.OriginalPackets += packets;
            connection.OriginalBytes += bytes;
        }
    }

    private static void NoteTcp(ref Connection connection, bool reply, in PacketHeaders h, ReadOnlySpan<byte> frame)
    {
        if (TcpTracking.IsBareSyn(h.TcpFlags) && connection.TcpState == TcpState.None)
        {
            connection.Flags &= ~ConnectionFlags.MidStream;
        }
        else if (connection.TcpState == TcpState.None)
        {
            connection.Flags |= ConnectionFlags.MidStream;
        }

        if ((h.TcpFlags & TcpFlags.Rst) != 0)
        {
            NoteReset(ref connection);
        }
        else if (!DisprovesReset(ref connection, reply))
        {
            connection.TcpState = TcpTracking.Next(connection.TcpState, h.TcpFlags, reply);
        }

        if (TcpHeader.TryRead(frame[h.L4Offset..h.End], out TcpHeader tcp))
        {
            ref TcpSide side = ref reply ? ref connection.ReplySide : ref connection.OriginalSide;
            side.Hear(in tcp, h.PayloadLength, frame[(h.L4Offset + TcpHeader.Size)..h.PayloadOffset]);
        }
    }

    private static void NoteReset(ref Connection connection)
    {
        if ((connection.Flags & Unjudged) != 0 && connection.TcpState != TcpState.Close)
        {
            connection.Flags |= ConnectionFlags.DoubtfulReset;
            connection.Flags &= ~(ConnectionFlags.OriginalAfterReset | ConnectionFlags.ReplyAfterReset);
        }

        connection.TcpState = TcpState.Close;
    }

    /// <summary>
    /// After a true reset its receiver falls silent, and what was under way to its sender is answered by another reset. Both
    /// sides heard again without one means that it was forged and both ignored it: the connection lives.
    /// </summary>
    private static bool DisprovesReset(ref Connection connection, bool reply)
    {
        if (connection.TcpState != TcpState.Close || (connection.Flags & ConnectionFlags.DoubtfulReset) == 0)
        {
            return false;
        }

        const ConnectionFlags Both = ConnectionFlags.OriginalAfterReset | ConnectionFlags.ReplyAfterReset;
        connection.Flags |= reply ? ConnectionFlags.ReplyAfterReset : ConnectionFlags.OriginalAfterReset;
        if ((connection.Flags & Both) != Both)
        {
            return true;
        }

        connection.Flags &= ~(Both | ConnectionFlags.DoubtfulReset);
        connection.TcpState = TcpState.Established;
        return true;
    }

    /// <summary>
    /// RFC 9293 section 3.10.7: a reset ends a connection only when it lies in the receiver's window, or in SYN-SENT when it
    /// acknowledges the SYN. Once packets pass the fast path the window is not known any more, and doubt is noted instead.
    /// </summary>
    private static bool IsResetCredible(in Connection connection, bool reply, in PacketHeaders h, ReadOnlySpan<byte> frame)
    {
        if ((connection.Flags & Unjudged) != 0
            || !TcpHeader.TryRead(frame[h.L4Offset..h.End], out TcpHeader tcp))
        {
            return true;
        }

        ref readonly TcpSide receiver = ref reply ? ref connection.OriginalSide : ref connection.ReplySide;
        if (connection.TcpState == TcpState.SynSent && reply)
        {
            return (tcp.Flags & TcpFlags.Ack) != 0 && tcp.Acknowledgment == receiver.End;
        }

        return !receiver.HasAcked || tcp.Sequence - receiver.Acked <= receiver.Window;
    }
}

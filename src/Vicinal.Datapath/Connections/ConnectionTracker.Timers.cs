using Vicinal.Packets;

namespace Vicinal.Datapath.Connections;

/// <content>
/// A timer wheel of about half a second a slot. A packet only moves a connection's deadline; the link in the wheel follows when its slot
/// comes up, or at once when the deadline became earlier. Deadlines beyond the wheel's 35 minutes go round again.
/// </content>
public sealed partial class ConnectionTracker
{
    private const int TickShift = 9;
    private const int TimerSlots = 4096;

    private readonly int[] _timerHeads = new int[TimerSlots];

    /// <summary>The tick whose slot is worked on; all slots before it are empty.</summary>
    private long _tick;

    /// <summary>Forgets connections that are due, looking at no more than <paramref name="budget"/> of them.</summary>
    /// <returns>How many were forgotten.</returns>
    public int Expire(long now, int budget)
    {
        int removed = 0;
        long last = now >> TickShift;
        if (Count == 0)
        {
            _tick = last;
        }

        while (_tick <= last)
        {
            ref int head = ref _timerHeads[_tick & (TimerSlots - 1)];
            while (head != Nil)
            {
                if (budget-- <= 0)
                {
                    return removed;
                }

                removed += Settle(head, now) ? 1 : 0;
            }

            // The present tick stays: what is started with no time left belongs to it.
            if (_tick == last)
            {
                break;
            }

            _tick++;
        }

        return removed;
    }

    /// <summary>Removes the connection when its time is over, also by its flows; else gives it its new place.</summary>
    private bool Settle(int index, long now)
    {
        if (IsForgotten(index, now))
        {
            RemoveAt(index);
            return true;
        }

        ref Connection connection = ref _connections[index];
        connection.Deadline = DeadlineOf(index, now);
        StopTimer(index);
        LinkTimer(index, connection.Deadline + GraceOf(connection.Zone));
        if (IsReplicated(connection.Zone))
        {
            _replicas!.Put(ConnectionRecord.Of(in connection, OwnerOf(index)));
        }

        return false;
    }

    /// <summary>Its time is over, and no cached flow has carried a packet since.</summary>
    private bool IsForgotten(int index, long now) =>
        now >= _connections[index].Deadline && now >= DeadlineOf(index, now) + GraceOf(_connections[index].Zone);

    /// <summary>By its last packet, also where a cached flow carried that, and by the time that its zone has been served here.</summary>
    private long DeadlineOf(int index, long now)
    {
        ref Connection connection = ref _connections[index];
        if (now < connection.Deadline)
        {
            return connection.Deadline;
        }

        long used = Flows is null ? long.MinValue : Flows.LastUsed(HandleOf(index), now);
        long since = Math.Max(used, ServedSince(connection.Zone));
        return since == long.MinValue ? connection.Deadline : Math.Max(connection.Deadline, since + TimeoutOf(in connection));
    }

    private long TimeoutOf(in Connection connection)
    {
        ConnectionTimeouts timeouts = _limits.Timeouts;
        return connection.Original.Protocol switch
        {
            IpProtocol.Tcp => TimeoutOf(connection.TcpState),
            IpProtocol.Udp or IpProtocol.UdpLite => connection.IsAnswered ? timeouts.UdpStream : timeouts.Udp,
            _ => connection.Original.IsIcmp ? timeouts.Icmp : timeouts.Other,
        };
    }

    private long TimeoutOf(TcpState state) => state switch
    {
        TcpState.SynReceived => _limits.Timeouts.TcpSynReceived,
        TcpState.Established => _limits.Timeouts.TcpEstablished,
        TcpState.FinWait => _limits.Timeouts.TcpFinWait,
        TcpState.CloseWait => _limits.Timeouts.TcpCloseWait,
        TcpState.LastAck => _limits.Timeouts.TcpLastAck,
        TcpState.TimeWait => _limits.Timeouts.TcpTimeWait,
        TcpState.Close => _limits.Timeouts.TcpClose,
        _ => _limits.Timeouts.TcpSynSent,
    };

    private void StartTimer(int index, long now)
    {
        // With nobody in the wheel it need not be turned slot by slot up to now.
        if (Count == 0)
        {
            _tick = now >> TickShift;
        }

        ref Connection connection = ref _connections[index];
        connection.Deadline = now + TimeoutOf(in connection);
        LinkTimer(index, connection.Deadline);
    }

    private void RestartTimer(int index, long now)
    {
        ref Connection connection = ref _connections[index];
        long before = connection.Deadline;
        connection.Deadline = now + TimeoutOf(in connection);
        if (connection.Deadline < before)
        {
            StopTimer(index);
            LinkTimer(index, connection.Deadline);
        }
    }

    private void LinkTimer(int index, long due)
    {
        ref Connection connection = ref _connections[index];

        // One tick beyond the deadline's own, so that it has passed when the slot comes up.
        long tick = Math.Clamp((due >> TickShift) + 1, _tick, _tick + TimerSlots - 1);
        int slot = (int)(tick & (TimerSlots - 1));
        connection.TimerSlot = slot;
        connection.TimerPrevious = Nil;
        connection.TimerNext = _timerHeads[slot];
        if (connection.TimerNext != Nil)
        {
            _connections[connection.TimerNext].TimerPrevious = index;
        }

        _timerHeads[slot] = index;
    }

    private void StopTimer(int index)
    {
        ref Connection connection = ref _connections[index];
        if (connection.TimerPrevious == Nil)
        {
            _timerHeads[connection.TimerSlot] = connection.TimerNext;
        }
        else
        {
            _connections[connection.TimerPrevious].TimerNext = connection.TimerNext;
        }

        if (connection.TimerNext != Nil)
        {
            _connections[connection.TimerNext].TimerPrevious = connection.TimerPrevious;
        }
    }
}

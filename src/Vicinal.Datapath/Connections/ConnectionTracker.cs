using System.Runtime.CompilerServices;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Nat;
using Vicinal.Packets;

namespace Vicinal.Datapath.Connections;

/// <summary>
/// Remembers who speaks with whom, per zone: a zone is one port's filter, or one router's NAT. Looking is read-only, so that a walk can be
/// traced; the decision thread commits and notes what came of it. Owned by one thread; allocates nothing once made.
/// </summary>
public sealed partial class ConnectionTracker
{
    private readonly ConnectionLimits _limits;
    private readonly Connection[] _connections;
    private readonly TupleIndex _index;

    /// <param name="journal">Where connections are written down; null for nowhere.</param>
    /// <param name="zones">Whose the zones are, for the journal.</param>
    /// <param name="replicas">Where connections of zones that are replicated go; null for nowhere.</param>
    public ConnectionTracker(
        ConnectionLimits limits, ulong seed = 0, IConnectionJournal? journal = null, ZoneDirectory? zones = null, IConnectionReplicas? replicas = null)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limits.Total);
        _limits = limits;
        _journal = journal;
        _zoneDirectory = zones;
        _replicas = replicas;
        _connections = new Connection[limits.Total];
        _index = new TupleIndex(_connections, new KeyedHash(seed));
        Array.Fill(_timerHeads, Nil);
    }

    /// <summary>Set once by the flow cache that reports for this tracker's connections.</summary>
    public IConnectionFlows? Flows { get; set; }

    /// <summary>Indexes of handles are below it.</summary>
    public int Capacity => _connections.Length;

    public int Count { get; private set; }

    /// <summary>Connections that a limit kept out.</summary>
    public long Refused { get; private set; }

    /// <summary>Told of each tuple that comes and goes, so that port allocation stays fast when a remote's ports run out.</summary>
    internal CrowdedRemotes Crowds { get; } = new();

    public bool IsLive(ConnectionHandle handle) =>
        handle.Index < (uint)_connections.Length && !handle.IsNone && _connections[handle.Index].Generation == handle.Generation;

    /// <summary>A live connection; ask <see cref="IsLive"/> of a handle that was kept.</summary>
    public ref readonly Connection this[ConnectionHandle handle] => ref At(handle);

    /// <summary>Whether the tuple is taken in the zone, in either direction, by any connection that is not forgotten yet.</summary>
    public bool Contains(uint zone, in ConnectionTuple tuple) => _index.Find(zone, in tuple) != TupleIndex.NotFound;

    /// <summary>What is known about a packet. <paramref name="frame"/> is the one that the headers were parsed from.</summary>
    public ConnectionVerdict Look(uint zone, in PacketHeaders h, ReadOnlySpan<byte> frame, long now)
    {
        if (h.IsIcmpError)
        {
            return LookAtError(zone, in h, frame, now);
        }

        if (!ConnectionTuple.TryFrom(in h, out ConnectionTuple tuple))
        {
            return ConnectionVerdict.Of(IsOutsideTracking(in h) ? ConnectionState.Untracked : ConnectionState.Invalid);
        }

        if (h.Protocol == IpProtocol.Tcp && !TcpTracking.IsSound(h.TcpFlags))
        {
            return ConnectionVerdict.Of(ConnectionState.Invalid);
        }

        int reference = _index.Find(zone, in tuple);
        if (reference == TupleIndex.NotFound || IsForgotten(reference >> 1, now))
        {
            ConnectionHandle stale = reference == TupleIndex.NotFound ? ConnectionHandle.None : HandleOf(reference >> 1);
            return Open(in tuple, in h, stale);
        }

        return Known(reference, in tuple, in h, frame);
    }

    /// <summary>Filters that were changed since ask the rules again, and write down that they did.</summary>
    public void SetPolicyGeneration(ConnectionHandle handle, uint generation) => At(handle).PolicyGeneration = generation;

    private static bool IsOutsideTracking(in PacketHeaders h) =>
        !h.IsIp || (h.IsIpv6 && h.IsIcmp && (Icmpv6Type.IsNeighborDiscovery(h.IcmpType)
            || h.IcmpType is >= Icmpv6Type.MulticastListenerQuery and <= Icmpv6Type.MulticastListenerDone or Icmpv6Type.MulticastListenerReportV2));

    private ConnectionVerdict Open(in ConnectionTuple tuple, in PacketHeaders h, ConnectionHandle replaced)
    {
        if (h.Protocol != IpProtocol.Tcp)
        {
            return new ConnectionVerdict(tuple.MayOpen ? ConnectionState.New : ConnectionState.Invalid, false, replaced, false);
        }

        if (TcpTracking.IsBareSyn(h.TcpFlags))
        {
            return new ConnectionVerdict(ConnectionState.New, false, replaced, false);
        }

        // A SYN-ACK, FIN or RST out of nowhere answers or ends something that was never seen; data may be old and honest.
        bool data = (h.TcpFlags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) == 0;
        return data && _limits.PickUpMidStream
            ? new ConnectionVerdict(ConnectionState.New, false, replaced, true)
            : ConnectionVerdict.Of(ConnectionState.Invalid);
    }

    private ConnectionVerdict Known(int reference, in ConnectionTuple tuple, in PacketHeaders h, ReadOnlySpan<byte> frame)
    {
        ref Connection connection = ref _connections[reference >> 1];
        bool reply = (reference & 1) != 0;
        ConnectionHandle handle = HandleOf(reference >> 1);
        if (h.Protocol == IpProtocol.Tcp)
        {
            if (TcpTracking.IsBareSyn(h.TcpFlags) && connection.IsWornOut)
            {
                return Open(in tuple, in h, handle);
            }

            if ((h.TcpFlags & TcpFlags.Rst) != 0 && !IsResetCredible(in connection, reply, in h, frame))
            {
                return ConnectionVerdict.Of(ConnectionState.Invalid);
            }
        }

        return new ConnectionVerdict(ConnectionState.Established, reply, handle, false);
    }

    /// <summary>
    /// An error quotes a packet as it was where the error arose, so the answer to the quotation is the tuple that this zone
    /// knows. The error must travel to the quoted packet's sender: anything else is forged.
    /// </summary>
    private ConnectionVerdict LookAtError(uint zone, in PacketHeaders h, ReadOnlySpan<byte> frame, long now)
    {
        if (!PacketHeaders.TryParseEmbedded(frame, in h, out PacketHeaders quoted)
            || quoted.Source != h.Destination
            || !ConnectionTuple.TryFrom(in quoted, out ConnectionTuple tuple))
        {
            return ConnectionVerdict.Of(ConnectionState.Invalid);
        }

        ConnectionTuple answer = tuple.Reversed;
        int reference = _index.Find(zone, in answer);
        return reference == TupleIndex.NotFound || IsForgotten(reference >> 1, now)
            ? ConnectionVerdict.Of(ConnectionState.Invalid)
            : new ConnectionVerdict(ConnectionState.Related, (reference & 1) != 0, HandleOf(reference >> 1), false);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ConnectionHandle HandleOf(int index) => new((uint)index, _connections[index].Generation);

    private ref Connection At(ConnectionHandle handle)
    {
        ref Connection connection = ref _connections[handle.Index];
        return ref connection.Generation == handle.Generation
            ? ref connection
            : ref Throw();

        static ref Connection Throw() => throw new InvalidOperationException("The connection is gone.");
    }
}

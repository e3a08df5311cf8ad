using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vicinal.Datapath.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Flows;

public enum FlowOutputKind : byte
{
    /// <summary>Dropped: a negative entry.</summary>
    Drop = 0,
    Port = 1,
    Tunnel = 2,
    Physical = 3,
    Host = 4,

    /// <summary>The node's own sockets for instances; never cached.</summary>
    Service = 5,
}

/// <summary>What of a packet an action writes. TTL has no bit: it falls by <see cref="FlowAction.TtlDecrement"/>.</summary>
[Flags]
public enum Rewrite : ushort
{
    None = 0,
    DestinationMac = 1,
    SourceMac = 2,
    Source = 4,
    Destination = 8,
    SourcePort = 16,
    DestinationPort = 32,

    /// <summary>The identifier of an ICMP query becomes <see cref="FlowAction.SourcePort"/>.</summary>
    IcmpId = 64,
    VlanPush = 128,
    VlanPop = 256,

    /// <summary>The id of the tag that is there; its priority stays.</summary>
    VlanSet = 512,

    /// <summary>The Geneve header carries the port keys.</summary>
    PortKeys = 1024,

    Addresses = Source | Destination,
    Ports = SourcePort | DestinationPort,
}

/// <summary>A connection that the flow keeps alive and with which it falls, and the flow's direction in it.</summary>
/// <param name="IsReply">0 or 1; not a bool, whose values in C# are more than two.</param>
public readonly record struct FlowConnection(uint Index, uint Generation, uint IsReply)
{
    public ConnectionHandle Handle => new(Index, Generation);
}

[InlineArray(FlowAction.MaxConnections)]
public struct FlowConnections
{
    private FlowConnection _first;
}

[InlineArray(FlowAction.MaxGenerations)]
public struct FlowGenerations
{
    private GenerationStamp _first;
}

/// <summary>
/// A decision that can be replayed for every packet with the same key: preconditions, rewrites as values and checksum differences, one
/// output. No references, no bools, explicit offsets: it means the same in C# and in a kernel map. Numbers are in host order, MACs as
/// on the wire. The first 112 bytes are all that replaying needs.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size, Pack = 8)]
public struct FlowAction
{
    public const int Size = 224;
    public const int MaxConnections = 4;
    public const int MaxGenerations = 8;

    [FieldOffset(0)]
    public FlowOutputKind OutputKind;

    [FieldOffset(1)]
    public Encapsulation Encapsulation;

    [FieldOffset(2)]
    public Rewrite Rewrites;

    /// <summary>The device of a port, or the index of a physical network; of a drop the device of the port that it counts for, or all ones.</summary>
    [FieldOffset(4)]
    public uint OutputIndex;

    /// <summary>Precondition: the longest layer-3 packet in bytes; of a super-packet each segment. 0 is no bound.</summary>
    [FieldOffset(8)]
    public ushort MaxL3Length;

    /// <summary>Precondition: the lowest TTL or hop limit.</summary>
    [FieldOffset(10)]
    public byte MinTtl;

    [FieldOffset(11)]
    public byte TtlDecrement;

    /// <summary>Precondition: (flags &amp; mask) == value. Both 0 for what is not TCP.</summary>
    [FieldOffset(12)]
    public TcpFlags TcpMask;

    [FieldOffset(13)]
    public TcpFlags TcpValue;

    /// <summary>Why, when the output is Drop.</summary>
    [FieldOffset(14)]
    public DropReason DropReason;

    [FieldOffset(15)]
    public byte ConnectionCount;

    [FieldOffset(16)]
    public PackedMac DestinationMac;

    [FieldOffset(22)]
    public PackedMac SourceMac;

    [FieldOffset(28)]
    public ushort SourcePort;

    [FieldOffset(30)]
    public ushort DestinationPort;

    /// <summary>RFC 1624 difference of the IPv4 header by its addresses; TTL comes on top.</summary>
    [FieldOffset(32)]
    public ushort HeaderDifference;

    /// <summary>Of the transport checksum, by all that it covers.</summary>
    [FieldOffset(34)]
    public ushort TransportDifference;

    /// <summary>Of the pseudo-header alone, for frames whose checksum a device is still to finish.</summary>
    [FieldOffset(36)]
    public ushort PseudoHeaderDifference;

    [FieldOffset(38)]
    public ushort VlanId;

    [FieldOffset(40)]
    public uint Vni;

    /// <summary>Ingress key in the high half, egress key in the low one.</summary>
    [FieldOffset(44)]
    public uint PortKeys;

    /// <summary>The entry is void from this time on, whatever else holds: the short life of a drop. 0 is never.</summary>
    [FieldOffset(48)]
    public long Deadline;

    [FieldOffset(56)]
    public byte GenerationCount;

    /// <summary>The entry is void while this lease does not hold, whatever else does.</summary>
    [FieldOffset(57)]
    public GatewayLease Lease;

    /// <summary>The outer UDP source port of a tunnel output, the same for all packets of the flow; else 0.</summary>
    [FieldOffset(58)]
    public ushort TunnelSourcePort;

    /// <summary>Belongs to whoever replays: the low half of the count of all bumps when the generations were last compared.</summary>
    [FieldOffset(60)]
    public uint VerifiedAt;

    [FieldOffset(64)]
    public IpAddress Source;

    [FieldOffset(80)]
    public IpAddress Destination;

    [FieldOffset(96)]
    public IpAddress TunnelRemote;

    [FieldOffset(112)]
    public FlowConnections Connections;

    [FieldOffset(160)]
    public FlowGenerations Generations;

    /// <summary>False when there is no room: the packet is then not one to cache.</summary>
    public bool TryAdd(ConnectionHandle connection, bool reply)
    {
        if (ConnectionCount == MaxConnections)
        {
            return false;
        }

        Connections[ConnectionCount++] = new FlowConnection(connection.Index, connection.Generation, reply ? 1u : 0);
        return true;
    }

    /// <summary>False when there is no room; a slot that is there already is not added twice.</summary>
    public bool TryAdd(GenerationStamp stamp)
    {
        for (int i = 0; i < GenerationCount; i++)
        {
            if (Generations[i] == stamp)
            {
                return true;
            }
        }

        if (GenerationCount == MaxGenerations)
        {
            return false;
        }

        Generations[GenerationCount++] = stamp;
        return true;
    }

    /// <summary>What decides without being in the key. False: the packet takes the slow path, and the entry stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Admits(in PacketHeaders h, in Offload offload)
    {
        return (h.TcpFlags & TcpMask) == TcpValue
            && h.Ttl >= MinTtl
            && (MaxL3Length == 0 || SegmentLength(in h, in offload) <= MaxL3Length);
    }

    /// <summary>The length that counts against an MTU: for a super-packet that of each segment it is to be cut into.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SegmentLength(in PacketHeaders h, in Offload offload) =>
        offload.Gso == GsoType.None ? h.L3Length : Math.Min(h.L3Length, h.PayloadOffset - h.L3Offset + offload.GsoSize);
}

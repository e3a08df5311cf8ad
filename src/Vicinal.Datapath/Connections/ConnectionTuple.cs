using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Datapath.Connections;

/// <summary>
/// What the packets of one direction of a connection have in common. Protocols with ports have them in host order, others zero.
/// An ICMP query has its identifier as source port and its type as destination port, in both directions: echo request and
/// echo reply are each other's <see cref="Reversed"/>, and no identifier can be taken for a type.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 40)]
public readonly record struct ConnectionTuple(
    IpAddress Source, IpAddress Destination, ushort SourcePort, ushort DestinationPort, byte Protocol)
{
    private const int NoReply = -1;

    public bool IsIcmp => Protocol == (Source.IsIpv4 ? IpProtocol.Icmp : IpProtocol.Icmpv6);

    /// <summary>The tuple of the packets that answer.</summary>
    public ConnectionTuple Reversed => IsIcmp
        ? new ConnectionTuple(Destination, Source, SourcePort, (ushort)AnswerTo((byte)DestinationPort, Source.IsIpv4), Protocol)
        : new ConnectionTuple(Destination, Source, DestinationPort, SourcePort, Protocol);

    /// <summary>Whether a connection may begin with such a packet as far as ICMP goes: an answer to nothing is none.</summary>
    public bool MayOpen => !IsIcmp || (Source.IsIpv4 ? DestinationPort is 8 or 13 or 15 or 17 : DestinationPort is Icmpv6Type.EchoRequest);

    /// <summary>
    /// False for what no connection can hold: non-IP, later fragments, ICMP messages other than queries, and protocols with
    /// ports whose ports are not there.
    /// </summary>
    public static bool TryFrom(in PacketHeaders h, out ConnectionTuple tuple)
    {
        tuple = default;
        if (!h.IsIp || h.IsLaterFragment)
        {
            return false;
        }

        if (h.Protocol == (h.IsIpv4 ? IpProtocol.Icmp : IpProtocol.Icmpv6))
        {
            tuple = new ConnectionTuple(h.Source, h.Destination, h.IcmpId, h.IcmpType, h.Protocol);
            return h.IsIcmpQuery && AnswerTo(h.IcmpType, h.IsIpv4) != NoReply;
        }

        if (IpProtocol.HasPorts(h.Protocol))
        {
            tuple = new ConnectionTuple(h.Source, h.Destination, h.SourcePort, h.DestinationPort, h.Protocol);
            return h.HasTransport;
        }

        tuple = new ConnectionTuple(h.Source, h.Destination, 0, 0, h.Protocol);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(ConnectionTuple other) =>
        Source.Low == other.Source.Low && Destination.Low == other.Destination.Low && Tail == other.Tail
        && Source.High == other.Source.High && Destination.High == other.Destination.High;

    public override int GetHashCode() => HashCode.Combine(Source, Destination, Tail);

    public override string ToString() => IsIcmp
        ? $"{Protocol} {Source} -> {Destination} type {DestinationPort} id {SourcePort}"
        : $"{Protocol} {Source}:{SourcePort} -> {Destination}:{DestinationPort}";

    /// <summary>Ports and protocol in one word, for hashing and comparing.</summary>
    internal ulong Tail => ((ulong)Protocol << 32) | ((uint)SourcePort << 16) | DestinationPort;

    /// <summary>The ICMP type that answers a type, or is answered by it.</summary>
    private static int AnswerTo(byte type, bool ipv4) => (ipv4, type) switch
    {
        (true, Icmpv4Type.EchoRequest) => Icmpv4Type.EchoReply,
        (true, Icmpv4Type.EchoReply) => Icmpv4Type.EchoRequest,
        (true, 13) => 14,
        (true, 14) => 13,
        (true, 15) => 16,
        (true, 16) => 15,
        (true, 17) => 18,
        (true, 18) => 17,
        (false, Icmpv6Type.EchoRequest) => Icmpv6Type.EchoReply,
        (false, Icmpv6Type.EchoReply) => Icmpv6Type.EchoRequest,
        _ => NoReply,
    };
}

using Vicinal.Datapath.Connections;
using Vicinal.Packets;

namespace Vicinal.Datapath.Nat;

/// <summary>Which part of a reply tuple source NAT may choose: its destination port, or the identifier of an ICMP query.</summary>
internal static class NatPorts
{
    /// <summary>Ports below are left to services of the address itself.</summary>
    public const int LowestPort = 1024;

    /// <summary>SCTP's checksum is no sum, so its ports cannot be changed in passing; it is translated by address alone.</summary>
    public static bool HasChoice(in ConnectionTuple tuple) =>
        tuple.IsIcmp || tuple.Protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.UdpLite or IpProtocol.Dccp;

    public static int LowestOf(in ConnectionTuple tuple) => tuple.IsIcmp ? 0 : LowestPort;

    public static ushort PortOf(in ConnectionTuple reply) => reply.IsIcmp ? reply.SourcePort : reply.DestinationPort;

    public static ConnectionTuple WithPort(in ConnectionTuple reply, ushort port) =>
        reply.IsIcmp ? reply with { SourcePort = port } : reply with { DestinationPort = port };

    /// <summary>All reply tuples that differ only in what may be chosen share this one.</summary>
    public static ConnectionTuple SpaceOf(in ConnectionTuple reply) => WithPort(in reply, 0);
}

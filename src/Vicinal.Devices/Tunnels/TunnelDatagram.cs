using Vicinal.Packets;

namespace Vicinal.Devices.Tunnels;

/// <summary>What the outer headers of a payload are to say.</summary>
public struct TunnelDeparture
{
    public IpAddress Remote;

    /// <summary>Of the inner flow. Packets of one hash keep their order and their outer source port.</summary>
    public uint FlowHash;

    /// <summary>
    /// When the buffer holds several payloads back to back: the length of each but the last, which may be shorter. 0: one payload.
    /// </summary>
    public ushort SegmentSize;

    /// <summary>The outer DSCP and ECN octet.</summary>
    public byte Tos;
}

/// <summary>What the outer headers of a received buffer said.</summary>
public struct TunnelArrival
{
    public IpAddress Source;

    public ushort SourcePort;

    /// <summary>When the kernel joined several datagrams: the length of each but the last. 0: the buffer is one datagram.</summary>
    public ushort SegmentSize;

    /// <summary>The outer DSCP and ECN octet.</summary>
    public byte Tos;
}

public enum TunnelSendStatus : byte
{
    Sent = 0,

    /// <summary>Over the path MTU that the kernel knows; see <see cref="TunnelSocket.PathMtuTo"/>.</summary>
    TooBig = 1,

    /// <summary>No route, or the way there is down.</summary>
    Unreachable = 2,

    /// <summary>A queue was full, or a local rule refused it.</summary>
    Dropped = 3,
}

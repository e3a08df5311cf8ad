using Vicinal.Packets;

namespace Vicinal.Datapath.Connections;

/// <summary>What is written down with a new connection.</summary>
/// <param name="Port">The owner's number for the port it is for; the tracker only keeps it.</param>
/// <param name="Project">The project whose limit it counts against; 0 for none.</param>
/// <param name="PolicyGeneration">The generation of the rules that allowed it; filters ask again when theirs is another.</param>
public readonly record struct CommitInfo(uint Port = 0, uint Project = 0, uint PolicyGeneration = 0);

[Flags]
public enum ConnectionFlags : byte
{
    None = 0,

    /// <summary>A packet of the reply direction was seen.</summary>
    Answered = 1,

    /// <summary>The entry began in the middle of a TCP connection.</summary>
    MidStream = 2,

    /// <summary>
    /// Packets pass the fast path, which does not look at sequence numbers: those known here are old, and a reset cannot be
    /// judged by them any more.
    /// </summary>
    Cached = 4,

    /// <summary>A reset that could not be judged was seen; packets of both directions after it prove it false.</summary>
    DoubtfulReset = 8,
    OriginalAfterReset = 16,
    ReplyAfterReset = 32,
}

/// <summary>One tracked connection. Owned and written by the tracker; others read it through a reference.</summary>
public struct Connection
{
    /// <summary>The first packet as the zone saw it, before translation.</summary>
    public ConnectionTuple Original { get; internal set; }

    /// <summary>The answers as the zone sees them: <see cref="ConnectionTuple.Reversed"/> of the original after translation.</summary>
    public ConnectionTuple Reply { get; internal set; }

    public uint Zone { get; internal set; }

    public uint Generation { get; internal set; }

    public uint Port { get; internal set; }

    public uint Project { get; internal set; }

    public uint PolicyGeneration { get; internal set; }

    public ConnectionFlags Flags { get; internal set; }

    public TcpState TcpState { get; internal set; }

    public long Created { get; internal set; }

    /// <summary>Of the last packet that the tracker was told of; cached flows report late.</summary>
    public long LastSeen { get; internal set; }

    public long OriginalPackets { get; internal set; }

    public long OriginalBytes { get; internal set; }

    public long ReplyPackets { get; internal set; }

    public long ReplyBytes { get; internal set; }

    internal long Deadline;
    internal TcpSide OriginalSide;
    internal TcpSide ReplySide;
    internal int ZoneNext;
    internal int ZonePrevious;
    internal int TimerNext;
    internal int TimerPrevious;
    internal int TimerSlot;

    /// <summary>The full set of replicas in which it was last said.</summary>
    internal uint Set;

    public readonly bool IsAnswered => (Flags & ConnectionFlags.Answered) != 0;

    /// <summary>Original and reply differ by more than their direction.</summary>
    public readonly bool IsTranslated => Reply != Original.Reversed;

    /// <summary>
    /// Later packets tell the tracker nothing it must know at once, so that the fast path may have them: for TCP both
    /// sides have agreed to speak and neither has begun to stop.
    /// </summary>
    public readonly bool IsSettled => Original.Protocol != IpProtocol.Tcp || TcpState == TcpState.Established;

    /// <summary>A TCP connection that is over; a SYN may take its place.</summary>
    public readonly bool IsWornOut => TcpState is TcpState.TimeWait or TcpState.Close or TcpState.LastAck;
}

namespace Vicinal.Datapath.Neighbors;

/// <summary>Bounds and timers of neighbour resolution; times in milliseconds, the defaults those of RFC 4861 section 10.</summary>
public sealed record NeighborLimits
{
    public int Entries { get; init; } = 1 << 14;

    /// <summary>Of one segment, so that a scan on one network leaves room for the others.</summary>
    public int EntriesPerSegment { get; init; } = 1 << 12;

    /// <summary>Packets held while one neighbour is asked; the oldest goes first (RFC 4861 section 7.2.2).</summary>
    public int HeldPerEntry { get; init; } = 8;

    public int Held { get; init; } = 1024;

    /// <summary>Longest frame that is held.</summary>
    public int HeldBytes { get; init; } = 65536;

    /// <summary>RETRANS_TIMER.</summary>
    public long Retransmit { get; init; } = 1000;

    /// <summary>The first repetition of a question comes sooner: a lost packet must not cost a new connection a second.</summary>
    public long FirstRetransmit { get; init; } = 250;

    /// <summary>MAX_MULTICAST_SOLICIT.</summary>
    public int BroadcastQuestions { get; init; } = 3;

    /// <summary>MAX_UNICAST_SOLICIT.</summary>
    public int UnicastQuestions { get; init; } = 3;

    /// <summary>REACHABLE_TIME: how long an answer is believed without asking again.</summary>
    public long Reachable { get; init; } = 30_000;

    /// <summary>A stale neighbour that nobody needs is forgotten.</summary>
    public long Forget { get; init; } = 300_000;

    /// <summary>How long a neighbour that did not answer is not asked again.</summary>
    public long Negative { get; init; } = 2000;
}

using Vicinal.Forwarding;
using Vicinal.Gateways.Bfd;
using Vicinal.Gateways.Leases;

namespace Vicinal.Gateways.Elections;

/// <summary>The times of the protocol in nanoseconds: those of the policy, and what follows from them.</summary>
internal readonly record struct ElectionTimes(BfdTiming Fast, LeasePeriods Periods, long Hold, bool Preempt)
{
    /// <summary>After its start, and after a router has come, a node listens before it takes what seems to be vacant.</summary>
    public const long Listen = 100 * Nanoseconds.PerMillisecond;

    /// <summary>A node that stood still reads first what is in its sockets, and may find there that nobody failed.</summary>
    public const long Hesitation = Nanoseconds.PerMillisecond / 2;

    /// <summary>A node waits so long for each better one before it asks.</summary>
    public const long RankDelay = 5 * Nanoseconds.PerMillisecond;

    /// <summary>And so long for one that has the router's connections.</summary>
    public const long UnreplicatedDelay = 50 * Nanoseconds.PerMillisecond;

    /// <summary>An unanswered question is asked again.</summary>
    public const long Retry = 5 * Nanoseconds.PerMillisecond;

    /// <summary>A refusal that names a longer time is tested after this: leases are released early, too.</summary>
    public const long LongestRetry = Nanoseconds.PerSecond;

    /// <summary>Grants of a minority are given back after so long, so that somebody else can have a majority.</summary>
    public const long Attempt = 30 * Nanoseconds.PerMillisecond;

    /// <summary>A gateway node that serves nothing greets its witnesses, so that it is known when it matters.</summary>
    public const long IdleRenewal = Nanoseconds.PerSecond;

    /// <summary>Between two greetings of gateway nodes that share a router.</summary>
    public const long Hello = 200 * Nanoseconds.PerMillisecond;

    /// <summary>A peer whose BFD session was never up counts as live while its greetings come.</summary>
    public const long HelloLasts = 700 * Nanoseconds.PerMillisecond;

    /// <summary>A peer whose BFD session was never up counts as down after this; RFC 5880 has sessions begin slowly.</summary>
    public const long SessionGrace = 3 * Nanoseconds.PerSecond;

    /// <summary>A session that nobody here wants and that is silent is forgotten.</summary>
    public const long SessionForgets = 60 * Nanoseconds.PerSecond;

    /// <summary>One candidate's time to say whether it is ready, and how often it is asked.</summary>
    public const long Prepare = 100 * Nanoseconds.PerMillisecond;

    /// <summary>How long a successor that waits for connections is waited for.</summary>
    public const long PrepareWait = 2 * Nanoseconds.PerSecond;

    /// <summary>How long the replication of what is new may take.</summary>
    public const long Flush = 200 * Nanoseconds.PerMillisecond;

    /// <summary>A handover that nobody accepted is tried again.</summary>
    public const long HandoverRetry = 500 * Nanoseconds.PerMillisecond;

    /// <summary>A successor that has not claimed the router by now will not; a witness reserves it for less.</summary>
    public const long Succession = 300 * Nanoseconds.PerMillisecond;

    /// <summary>Who lost a router to a majority of witnesses hears within this of who has it now, or nobody has.</summary>
    public const long ClaimDelay = 20 * Nanoseconds.PerMillisecond;

    /// <summary>A node that the server chose waits so long for a word of the one that serves and is not chosen any more, and asks it so often.</summary>
    public const long Nudge = 300 * Nanoseconds.PerMillisecond;
    public const long NudgeInterval = 50 * Nanoseconds.PerMillisecond;

    /// <summary>In all, also while that one prepares.</summary>
    public const long Patience = 5 * Nanoseconds.PerSecond;

    /// <summary>A claim may come before the row that it rests on, by so much at the most.</summary>
    public const long RowsLate = 5 * Nanoseconds.PerSecond;

    /// <summary>Between two requests of a better node to have a router back.</summary>
    public const long ReclaimInterval = Nanoseconds.PerSecond;

    /// <summary>Claims that are heard are said again, without their entries.</summary>
    public const long ClaimRefresh = 3 * Nanoseconds.PerSecond;

    /// <summary>The longest pause of releases that a witness does not confirm.</summary>
    public const long ReleaseRetry = 200 * Nanoseconds.PerMillisecond;

    public static ElectionTimes Of(GatewayPolicyRow policy) => new(
        new BfdTiming(Math.Max(1, policy.IntervalMilliseconds) * Nanoseconds.PerMillisecond, (byte)Math.Clamp(policy.Multiplier, 1, byte.MaxValue)),
        new LeasePeriods(Math.Max(1, policy.LeaseMilliseconds) * Nanoseconds.PerMillisecond),
        Math.Max(0, policy.HoldSeconds) * Nanoseconds.PerSecond,
        policy.Preempt);

    /// <summary>
    /// Between two renewals: half of BFD's interval, but at most a fourth of the period, so that three may be lost.
    /// </summary>
    public long RenewalFor(GatewayLease lease) => lease switch
    {
        GatewayLease.Short => Math.Max(Nanoseconds.PerMillisecond, Math.Min(Fast.Interval / 2, Periods.Short / 4)),
        _ => IdleRenewal,
    };
}

using Vicinal.Gateways.Elections;

namespace Vicinal.Agent.Gateways;

/// <summary>The gateway thread at one moment, for who looks. Times are nanoseconds of the monotonic clock.</summary>
/// <param name="Since">When each router came to be served as it is.</param>
internal sealed record GatewayReport(
    bool Ready,
    string? RealTimeRefusal,
    long ShortUntil,
    long LongUntil,
    IReadOnlyList<GatewayView> Routers,
    IReadOnlyDictionary<Guid, DateTimeOffset> Since,
    IReadOnlyList<WitnessView> Witnesses,
    IReadOnlyList<PeerView> Peers,
    StallReport Stalls,
    long FromStrangers,
    long WrongHopLimit);

/// <summary>How late the thread was at its timers, since it started; in nanoseconds.</summary>
internal sealed record StallReport(long Samples, long P99, long Longest, IReadOnlyList<(long End, long Count)> Buckets);

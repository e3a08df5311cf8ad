using Vicinal.Forwarding;

namespace Vicinal.Gateways.Leases;

/// <summary>How long a lease outlives its last renewal, in nanoseconds, and what a witness waits beyond that.</summary>
public readonly record struct LeasePeriods(long Short)
{
    /// <summary>A constant, so that a witness that has just started knows how long it has to wait, whatever it promised before.</summary>
    public const long Long = 30 * Nanoseconds.PerSecond;

    /// <summary>A lease without an end is not waited for: only its holder or a newer schedule ends it.</summary>
    public long Of(GatewayLease lease) => lease switch
    {
        GatewayLease.Short => Short,
        GatewayLease.Long => Long,
        _ => 0,
    };

    /// <summary>
    /// Until a witness may give to another what it confirmed: the period, 2 in 1000 of it since clocks drift, and a millisecond for what the
    /// holder had in its hands when its lease ran out.
    /// </summary>
    public long AtWitness(GatewayLease lease) => Of(lease) is 0 ? 0 : Of(lease) + (Of(lease) / 500) + Nanoseconds.PerMillisecond;
}

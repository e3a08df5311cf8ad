using Vicinal.Forwarding;

namespace Vicinal.Datapath;

/// <summary>
/// Whether this node may go on serving what it serves under a lease. Asked at each such decision and for each packet of a cached flow that
/// rests on one, so an implementation reads the clock itself: a process that was frozen must not go by a time from before.
/// </summary>
public interface IGatewayLease
{
    /// <summary>May be called on any thread, allocates nothing and does not wait.</summary>
    /// <param name="kind">Not <see cref="GatewayLease.None"/>, which holds for ever.</param>
    bool Holds(GatewayLease kind);
}

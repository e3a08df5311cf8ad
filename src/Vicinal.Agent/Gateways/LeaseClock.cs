using Vicinal.Agent.Kernel;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Forwarding;

namespace Vicinal.Agent.Gateways;

/// <summary>
/// Until when this node may serve what it serves under a lease. Asked by the data path for each packet, and stored where the programs in the kernel compare it, so
/// that both stop by themselves when nobody moves it on. Written by the gateway thread alone.
/// </summary>
internal sealed class LeaseClock(KernelPath? kernel) : IGatewayLease
{
    // Nanoseconds of the monotonic clock.
    private long _shortUntil;
    private long _longUntil;

    // Found to hold since the data path last asked what ran out. Its thread's alone.
    private bool _usedShort;
    private bool _usedLong;

    public long ShortUntil => Volatile.Read(ref _shortUntil);

    public long LongUntil => Volatile.Read(ref _longUntil);

    public bool Holds(GatewayLease kind) => kind switch
    {
        GatewayLease.None => true,
        GatewayLease.Short => MonotonicTimer.Now < ShortUntil && (_usedShort = true),
        _ => MonotonicTimer.Now < LongUntil && (_usedLong = true),
    };

    /// <summary>
    /// Whether a lease that held when it was asked for since the last call does so no longer. What was decided by it must not go out any more: the thread may
    /// have been stopped in between.
    /// </summary>
    public bool RanOutSinceUse()
    {
        (bool usedShort, bool usedLong) = (_usedShort, _usedLong);
        (_usedShort, _usedLong) = (false, false);
        long now = MonotonicTimer.Now;
        return (usedShort && now >= ShortUntil) || (usedLong && now >= LongUntil);
    }

    public void Set(long shortUntil, long longUntil)
    {
        Volatile.Write(ref _shortUntil, shortUntil);
        Volatile.Write(ref _longUntil, longUntil);
        kernel?.SetLeases(shortUntil, longUntil);
    }
}

using Vicinal.Devices;

namespace Vicinal.Agent.Gateways;

/// <summary>
/// Whether the data path can serve: it has its first full state, and it goes round. Beaten by its thread, read by the gateway thread, which stops serving
/// leased routers when it hears nothing, so that no node is kept in service by a thread that does nothing else.
/// </summary>
internal sealed class DataPathPulse
{
    /// <summary>
    /// In ns. Longer than any collection, any change of rows and any wait for a processor that were seen; within it the kernel carries on what was decided.
    /// The programs answer for neighbours after the same time.
    /// </summary>
    private const long Limit = 1_000_000_000;

    private long _last;

    /// <summary>A round of the data path's thread ended. Before its first full state there is no beat.</summary>
    public void Beat() => Volatile.Write(ref _last, MonotonicTimer.Now);

    public bool IsFresh(long now) => Volatile.Read(ref _last) is not 0 and long last && now - last < Limit;
}

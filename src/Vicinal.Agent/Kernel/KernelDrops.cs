using Vicinal.Datapath;
using Vicinal.Ebpf;
using Vicinal.Forwarding;

namespace Vicinal.Agent.Kernel;

/// <summary>Counts what the programs lost among the node's drops. Owned by the data-path thread.</summary>
internal sealed class KernelDrops(FastPath fastPath, NodeCounters counters)
{
    private const long Interval = 200;

    // What an earlier agent has counted was told by it.
    private FastPathCounters _told = fastPath.ReadCounters();
    private long _next;

    public void Tick(long now)
    {
        if (now >= _next)
        {
            _next = now + Interval;
            Read();
        }
    }

    /// <summary>All that the programs have counted since the maps were made.</summary>
    public FastPathCounters Read()
    {
        FastPathCounters current = fastPath.ReadCounters();
        Count(DropReason.RateLimited, current.LimitedSource + current.LimitedFlow - _told.LimitedSource - _told.LimitedFlow);
        Count(DropReason.DeviceFailed, current.Failed - _told.Failed);
        _told = current;
        return current;
    }

    private void Count(DropReason reason, long packets)
    {
        if (packets > 0)
        {
            counters.CountDrop(reason, packets);
        }
    }
}

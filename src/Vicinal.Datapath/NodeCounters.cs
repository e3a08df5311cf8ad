using Vicinal.Forwarding;

namespace Vicinal.Datapath;

/// <summary>Packets by how their walk ended. Written by the data-path thread; readers on others see it a moment late.</summary>
public sealed class NodeCounters
{
    private readonly long[] _dispositions = new long[(int)Disposition.Dropped + 1];
    private readonly long[] _drops = new long[(int)DropReason.DeviceFailed + 1];

    /// <summary>Packets that a cached flow decided, out of all received.</summary>
    public long CacheHits { get; internal set; }

    /// <summary>Packets that the flows' mirror carried, out of all received.</summary>
    public long KernelHits { get; internal set; }

    public long Received { get; internal set; }

    public long this[Disposition disposition] => _dispositions[(int)disposition];

    public long this[DropReason reason] => _drops[(int)reason];

    public void Count(Disposition disposition, long packets = 1) => _dispositions[(int)disposition] += packets;

    /// <summary>
    /// Devices count here too what they could not send. What is not for us is left to the node's own stack and is no loss.
    /// </summary>
    public void CountDrop(DropReason reason, long packets = 1)
    {
        _dispositions[(int)(reason == DropReason.NotForUs ? Disposition.Host : Disposition.Dropped)] += packets;
        _drops[(int)reason] += packets;
    }
}

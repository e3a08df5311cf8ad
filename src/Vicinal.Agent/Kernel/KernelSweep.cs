using System.Runtime.InteropServices;
using Vicinal.Datapath;
using Vicinal.Datapath.Flows;
using Vicinal.Ebpf;
using Vicinal.Ebpf.Layout;

namespace Vicinal.Agent.Kernel;

/// <summary>
/// Goes round the kernel's entries, a batch a tick, and tells the node what passed them, so that what is in use stays and what is idle ends.
/// Owned by the data-path thread.
/// </summary>
internal sealed class KernelSweep
{
    /// <summary>A round over an empty map costs as much as its buckets, so that they do not follow at once.</summary>
    private const long Pause = 1000;

    /// <summary>Enough for one round over a full map.</summary>
    private const int AllBatches = 1 << 14;

    private readonly FastPath _fastPath;
    private readonly KernelFlows _flows;
    private readonly Node _node;
    private readonly FlowVisitor _visit;
    private long _began;
    private long _ended;
    private bool _underWay;

    public KernelSweep(FastPath fastPath, KernelFlows flows, Node node)
    {
        _fastPath = fastPath;
        _flows = flows;
        _node = node;
        _visit = Visit;
    }

    public void Tick(long now)
    {
        if (!_underWay && now - _ended < Pause)
        {
            return;
        }

        Advance(now, 1);
    }

    /// <summary>A whole round at once, for a question that wants today's numbers.</summary>
    public void Complete(long now)
    {
        if (_underWay)
        {
            Advance(now, AllBatches);
        }

        Advance(now, AllBatches);
    }

    private void Advance(long now, int batches)
    {
        if (!_underWay)
        {
            _underWay = true;
            _began = now;
        }

        if (_fastPath.Sweep(_visit, batches))
        {
            _underWay = false;
            _ended = now;
            _node.NoteMirrorRound(_began);
        }
    }

    private void Visit(ReadOnlySpan<byte> key, in KernelFlow flow, ReadOnlySpan<byte> action)
    {
        (long packets, long bytes) = _flows.Take(in flow);
        if (packets > 0)
        {
            _node.NoteMirrored((int)flow.Slot, in MemoryMarshal.AsRef<FlowKey>(key), packets, bytes, (long)(flow.LastSeen / 1_000_000));
        }
    }
}

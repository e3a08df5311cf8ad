using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Vicinal.Datapath;
using Vicinal.Datapath.Flows;
using Vicinal.Ebpf;
using Vicinal.Ebpf.Layout;
using Vicinal.Packets;

namespace Vicinal.Agent.Kernel;

/// <summary>
/// Goes on with what an earlier agent left: its connections, and its flows, each decided again by the present state. Until that is done
/// the old entries carry their packets, judged by the old generations. Owned by the data-path thread.
/// </summary>
internal sealed class FlowAdoption(FastPath fastPath, KernelJournal journal, Node node, ILogger log)
{
    /// <summary>How long a flow may wait for a neighbour's answer.</summary>
    private const long Patience = 10_000;

    private const long RetryInterval = 100;

    private readonly List<FormerFlow> _waiting = [];
    private long _began;
    private long _next;
    private int _adopted;
    private int _renamed;
    private int _refused;

    public bool IsOver { get; private set; } = true;

    /// <summary>After the first full state was applied, with ports attached, and before any packet is decided.</summary>
    public void Begin(long now)
    {
        RestoredConnections connections = node.RestoreConnections(journal.Former, now);
        log.LogInformation(
            "Went on with {Restored} connections of an earlier agent; {Skipped} have no port or router here, {Unsound} records are unsound",
            connections.Restored, connections.Skipped, connections.Unsound);
        IsOver = false;
        _began = now;
        foreach (FormerFlow flow in fastPath.FormerFlows())
        {
            Decide(flow, now);
        }

        _next = now + RetryInterval;
    }

    public void Tick(long now)
    {
        if (IsOver || now < _next)
        {
            return;
        }

        _next = now + RetryInterval;
        FormerFlow[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (FormerFlow flow in waiting)
        {
            Decide(flow, now);
        }

        if (_waiting.Count == 0 || now - _began >= Patience)
        {
            Finish(now);
        }
    }

    private void Decide(FormerFlow flow, long now)
    {
        FlowKey former = MemoryMarshal.Read<FlowKey>(flow.Key);
        _ = fastPath.FormerPeers.TryGetValue(FlowInput.NumberOf(former.InputPeer), out IpAddress remote);
        switch (node.AdoptFlow(in former, remote, NextHopOf(flow), now, out FlowKey present))
        {
            case Adoption.Adopted:
                // Under the same key the new entry has taken the old one's place. One with the peer's old number goes at the end, when nobody has that.
                _adopted++;
                _renamed += present == former ? 0 : 1;
                break;
            case Adoption.Later:
                _waiting.Add(flow);
                break;
            default:
                _refused++;
                fastPath.Remove(flow.Key);
                break;
        }
    }

    /// <summary>The MAC that the flow's packets had on a provider network, when a router gave them one.</summary>
    private static MacAddress NextHopOf(FormerFlow flow)
    {
        FlowAction action = MemoryMarshal.Read<FlowAction>(flow.Value.AsSpan(KernelFlow.Size));
        return action.OutputKind == FlowOutputKind.Physical && action.Rewrites.HasFlag(Rewrite.DestinationMac) ? action.DestinationMac.Value : MacAddress.Zero;
    }

    private void Finish(long now)
    {
        IsOver = true;
        _waiting.Clear();
        IReadOnlyList<FormerFlow> left = fastPath.FormerFlows();
        foreach (FormerFlow flow in left)
        {
            fastPath.Remove(flow.Key);
        }

        log.LogInformation(
            "Went on with {Adopted} flows of an earlier agent and ended {Refused}, after {Time} ms", _adopted, _refused + left.Count - _renamed, now - _began);
    }
}

using System.Runtime.CompilerServices;
using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <content>
/// Drops that are remembered for a moment, so that a flood costs no walks, and with a mirror does not even come up. Such an entry falls with any
/// change of rows, and with the first connection that opens in a zone where its walk found none.
/// </content>
public sealed partial class Node
{
    /// <summary>In ms. Whatever else might make a drop wrong is right again after it.</summary>
    private const long DropLife = 1000;

    private readonly RepeatedDrops _repeated = new();
    private readonly ZoneWatch _zoneWatch;

    /// <summary>The generation of all rows and devices together.</summary>
    private readonly uint _rowsSlot;

    private void RememberDrop(Walk walk, in FlowKey key)
    {
        if (key.InputKind == FlowInputKind.None || !LastingDrop.Is(walk) || !_repeated.IsAgain(key.HashWith(in _hash)))
        {
            return;
        }

        // An odd packet of a flow that passes must not end it.
        int slot = _flows.Find(in key);
        if (slot != FlowCache.NotFound && !_flows[slot].IsNegative && _flows.IsFresh(slot, walk.Now))
        {
            return;
        }

        FlowAction action = LastingDrop.Compose(walk, walk.Now + DropLife);
        _ = action.TryAdd(_generations.Stamp(_rowsSlot));
        foreach (uint zone in walk.LookedZones)
        {
            _ = action.TryAdd(_zoneWatch.Stamp(zone));
        }

        _ = _flows.Insert(in key, in action, walk.Now);
    }

    /// <summary>Rows or devices have changed: each remembered drop is to be decided anew.</summary>
    private void ForgetDrops()
    {
        if (_flows.Negatives > 0)
        {
            _generations.Bump(_rowsSlot);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReplayDrop(int slot, PacketBuffer packet, in PacketHeaders h, long now)
    {
        Counters.CacheHits++;
        _flows.NoteUse(slot, SegmentsOf(packet, in h), h.L3Length, now);
        CountDrop(in _flows[slot].Action, 1);
    }

    private void CountDrop(in FlowAction drop, long packets)
    {
        Counters.CountDrop(drop.DropReason, packets);
        if (_state.Ports.TryByDevice((int)drop.OutputIndex, out LocalPort? port))
        {
            port.Counters.CountDrop(drop.DropReason, packets);
        }
    }
}

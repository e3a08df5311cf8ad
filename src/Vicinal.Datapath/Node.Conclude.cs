using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <content>What a walk found is made so: connections committed, the flow cached, packets and answers sent.</content>
public sealed partial class Node
{
    private readonly ConnectionHandle[] _committed = new ConnectionHandle[FlowAction.MaxConnections];

    /// <param name="packet">As it came; the walk may have gone on with a rewritten copy.</param>
    private void Conclude(Walk walk, PacketBuffer packet, in FlowKey key)
    {
        if (walk.Evidence is { } evidence && walk.Segment is { } segment)
        {
            _neighbors.Learn(segment.Number, evidence.Address, evidence.Mac, evidence.Solicited, evidence.Override, walk.Now);
            HearUpstream(segment, evidence.Address, evidence.Mac, walk.Now);
        }

        if (walk.Heard is { } owner && !_announcer.IsIdle)
        {
            _announcer.Stop(owner);
        }

        if (walk.Disposition == Disposition.Held)
        {
            Hold(walk, packet);
            return;
        }

        bool passes = walk.Disposition != Disposition.Dropped;
        if ((passes || walk.AnswerRoute != AnswerRoute.None) && !_settings.Holds(walk.Lease))
        {
            // It ran out while the packet was on its way through here.
            CountDrop(walk, DropReason.LeaseEnded);
            return;
        }

        if ((passes || walk.AnswerRoute != AnswerRoute.None) && !TryCommit(walk, packet))
        {
            return;
        }

        if (passes && walk.ServicePlace >= 0 && !TryServe(walk))
        {
            return;
        }

        if (passes)
        {
            Count(walk);
            Emit(walk, in key);
        }
        else
        {
            CountDrop(walk, walk.DropReason);
            RememberDrop(walk, in key);
        }

        if (walk.AnswerRoute != AnswerRoute.None)
        {
            SendAnswer(walk);
        }

        if (walk.Advertises)
        {
            AnswerSolicitation(walk.InPort!, walk.Now);
        }

        if (walk.Resolved is { } resolved)
        {
            _answers?.Put(in resolved, walk.Stamps);
        }
    }

    private void Hold(Walk walk, PacketBuffer packet)
    {
        NeighborNeed need = walk.Need;
        RecallUpstream(in need, walk.Now);
        DropReason refused = walk.Source.Kind == 0
            ? DropReason.NoNeighbor
            : _neighbors.Hold(need.Segment, need.Address, need.Asker, walk.Source, packet, walk.Now);
        if (refused == DropReason.None)
        {
            Count(walk);
        }
        else
        {
            CountDrop(walk, refused);
        }
    }

    /// <summary>False, with the packet counted as dropped, when a limit keeps a connection out.</summary>
    private bool TryCommit(Walk walk, PacketBuffer packet)
    {
        ReadOnlySpan<ConnectionEffect> effects = walk.ConnectionEffects;
        for (int i = 0; i < effects.Length; i++)
        {
            ref readonly ConnectionEffect effect = ref effects[i];
            ConnectionHandle handle = effect.Handle;
            if (effect.IsNew)
            {
                handle = _connections.Commit(effect.Zone, in effect.Original, in effect.Reply, in effect.Info, walk.Now, out DropReason refusal);
                if (handle.IsNone)
                {
                    CountDrop(walk, refusal);
                    return false;
                }

                _zoneWatch.Opened(effect.Zone);
            }
            else if (effect.IsReaffirmed)
            {
                _connections.SetPolicyGeneration(handle, effect.Info.PolicyGeneration);
            }

            _connections.Note(handle, effect.IsReply, in walk.In, packet.Span, walk.Now);
            if (i < _committed.Length)
            {
                _committed[i] = handle;
            }
        }

        return true;
    }

    private void Emit(Walk walk, in FlowKey key)
    {
        if (!walk.Need.IsNone)
        {
            _neighbors.Use(walk.Need.Segment, walk.Need.Address, walk.Need.Asker, walk.Now);
        }

        uint hash = key.InputKind == FlowInputKind.None ? _emitter.HashOf(in walk.In) : (uint)key.HashWith(in _hash);
        FlowAction action = _emitter.Emit(walk, hash, _output);
        if (walk.Emissions.Length != 1)
        {
            return;
        }

        int slot = TryCache(walk, in key, hash, ref action, mayEvict: true);
        if (slot != FlowCache.NotFound && _hasMirror)
        {
            PredictReply(walk, in action, slot);
        }
    }

    /// <summary>The decision will do for the next packets of the flow, unless something about it is out of the ordinary.</summary>
    /// <returns>The flow's slot, or <see cref="FlowCache.NotFound"/>.</returns>
    private int TryCache(Walk walk, in FlowKey key, uint hash, ref FlowAction action, bool mayEvict)
    {
        if (!walk.Cacheable || walk.AnswerRoute != AnswerRoute.None || key.InputKind == FlowInputKind.None || walk.Source.LargestFragment > 0)
        {
            return FlowCache.NotFound;
        }

        ReadOnlySpan<ConnectionEffect> effects = walk.ConnectionEffects;
        for (int i = 0; i < effects.Length; i++)
        {
            if (i >= _committed.Length || !action.TryAdd(_committed[i], effects[i].IsReply))
            {
                return FlowCache.NotFound;
            }
        }

        foreach (GenerationStamp stamp in walk.Stamps)
        {
            if (!action.TryAdd(stamp))
            {
                return FlowCache.NotFound;
            }
        }

        action.Lease = walk.Lease;
        action.Deadline = walk.Deadline;
        action.TunnelSourcePort = TunnelSourcePortOf(in action, hash);
        return _flows.Insert(in key, in action, walk.Now, mayEvict);
    }

    /// <summary>From the dynamic ports (RFC 6335 section 6), so that the underlay spreads flows over its paths.</summary>
    private static ushort TunnelSourcePortOf(in FlowAction action, uint hash) =>
        action.OutputKind == FlowOutputKind.Tunnel ? (ushort)(49152 + (hash % 16384)) : (ushort)0;

    private void Count(Walk walk)
    {
        Counters.Count(walk.Disposition);
        walk.InPort?.Counters.Count(walk.Disposition);
    }

    /// <summary>Counted for the port that a filter protects, else for the one that sent it.</summary>
    private void CountDrop(Walk walk, DropReason reason)
    {
        Counters.CountDrop(reason);
        LocalPort? port = walk.OutPort ?? walk.InPort;
        port?.Counters.CountDrop(reason);
    }
}

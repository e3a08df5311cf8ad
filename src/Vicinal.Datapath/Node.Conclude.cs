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
        if ((passes || walk.AnswerRoute != AnswerRoute.None) && !TryCommit(walk, packet))
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
        }

        if (walk.AnswerRoute != AnswerRoute.None)
        {
            SendAnswer(walk);
        }
    }

    private void Hold(Walk walk, PacketBuffer packet)
    {
        NeighborNeed need = walk.Need;
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

        IReadOnlyList<Emission> emissions = walk.Emissions;
        uint hash = (uint)(key.InputKind == FlowInputKind.None ? HashOf(in walk.In) : key.HashWith(in _hash));
        if (walk.Fragment || walk.Source.LargestFragment > 0)
        {
            EmitFragments(walk, hash);
            return;
        }

        byte tos = walk.In.IsIp ? walk.In.TrafficClass : (byte)0;
        for (int i = 0; i < emissions.Count; i++)
        {
            PacketBuffer packet = walk.Packet;
            if (i < emissions.Count - 1)
            {
                packet = _copy;
                packet.CopyFrom(walk.Packet);
            }

            FlowAction action = walk.Compose(emissions[i]);
            if (emissions.Count == 1)
            {
                Cache(walk, in key, ref action);
            }

            Executor.Execute(in action, packet, in walk.In);
            Send(in action, packet, hash, tos);
        }
    }

    /// <summary>The decision will do for the next packets of the flow, unless something about it is out of the ordinary.</summary>
    private void Cache(Walk walk, in FlowKey key, ref FlowAction action)
    {
        if (!walk.Cacheable || walk.AnswerRoute != AnswerRoute.None || key.InputKind == FlowInputKind.None)
        {
            return;
        }

        ReadOnlySpan<ConnectionEffect> effects = walk.ConnectionEffects;
        for (int i = 0; i < effects.Length; i++)
        {
            if (i >= _committed.Length || !action.TryAdd(_committed[i], effects[i].IsReply))
            {
                return;
            }
        }

        foreach (GenerationStamp stamp in walk.Stamps)
        {
            if (!action.TryAdd(stamp))
            {
                return;
            }
        }

        _ = _flows.Insert(in key, in action, walk.Now);
    }

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

    /// <summary>All packets of a flow take the same path through the underlay, fragments among them.</summary>
    private ulong HashOf(in PacketHeaders h) => h.IsIp
        ? _hash.Of(h.Source.High ^ h.Source.Low, h.Destination.High ^ h.Destination.Low)
        : _hash.Of(h.SourceMac.Value, h.DestinationMac.Value);
}

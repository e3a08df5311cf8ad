using System.Runtime.CompilerServices;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Fragments;
using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <content>A packet comes in: cached flow or walk.</content>
public sealed partial class Node
{
    private readonly KeyedHash _hash;

    /// <summary>Decides one packet and sends what comes of it; the buffer may be changed and is the caller's again afterwards.</summary>
    [SkipLocalsInit]
    public void Receive(in PacketSource source, PacketBuffer packet, long now)
    {
        Counters.Received++;
        if (TryRead(in source, PeerOf(in source), packet, out Arrival arrival, out FlowKey key))
        {
            Forward(in source, packet, in arrival, in key, _flows.Find(in key), now);
        }
        else
        {
            CountDrop(in source, arrival.Refusal);
        }
    }

    /// <param name="slot">What the cache holds for the key now.</param>
    private void Forward(in PacketSource source, PacketBuffer packet, in Arrival arrival, in FlowKey key, int slot, long now)
    {
        if (slot != FlowCache.NotFound && _flows.IsFresh(slot, now) && TryReplay(slot, in source, packet, in arrival.Headers, now))
        {
            return;
        }

        Miss(in source, packet, in arrival, in key, now);
    }

    /// <summary>Apart from the hits, which would otherwise pay for room on the stack that they do not use.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Miss(in PacketSource source, PacketBuffer packet, in Arrival arrival, in FlowKey key, long now)
    {
        Decide(source with { Vni = arrival.Vni }, packet, in arrival.Headers, in key, now);
        SettleNeighbors(now);
    }

    private bool TryReplay(int slot, in PacketSource source, PacketBuffer packet, in PacketHeaders h, long now)
    {
        ref readonly FlowEntry flow = ref _flows[slot];
        if (!flow.Action.Admits(in h, in packet.Offload))
        {
            return false;
        }

        if (flow.Action.OutputKind == FlowOutputKind.Drop)
        {
            ReplayDrop(slot, packet, in h, now);
            return true;
        }

        Counters.CacheHits++;
        _flows.NoteUse(slot, SegmentsOf(packet, in h), h.L3Length, now);
        Executor.Execute(in flow.Action, packet, in h);
        Count(in source, DispositionOf(flow.Action.OutputKind));
        uint hash = flow.Action.OutputKind == FlowOutputKind.Tunnel ? (uint)flow.Key.HashWith(in _hash) : 0;
        PacketEmitter.Send(in flow.Action, packet, hash, h.IsIp ? h.TrafficClass : (byte)0, _output);
        return true;
    }

    /// <summary>The slow path: one walk, and what follows from it.</summary>
    private void Decide(in PacketSource source, PacketBuffer packet, in PacketHeaders h, in FlowKey key, long now)
    {
        _state.Ports.TryByDevice(source.Kind == PacketSourceKind.LocalPort ? source.Index : -1, out LocalPort? port);
        if (source.Kind != PacketSourceKind.Service && !_budgets.TryDecide(port, h.DestinationMac, now))
        {
            CountDrop(in source, DropReason.RateLimited);
            return;
        }

        if (h.IsFragment)
        {
            Reassemble(in source, packet, in h, now);
            return;
        }

        // Responders and translators of quotations want the sums that they check and change to be there.
        if (packet.Offload.NeedsChecksum && h.IsIcmp)
        {
            _ = Checksum.Finish(packet);
        }

        WalkAndConclude(in source, packet, in h, in key, now);
    }

    private void Reassemble(in PacketSource source, PacketBuffer packet, in PacketHeaders h, long now)
    {
        uint from = ((uint)source.Index << 3) | (uint)source.Kind;
        FragmentVerdict verdict = _fragments.Add(source.Kind == PacketSourceKind.Tunnel ? _lastPeer!.Slot << 3 : from, in h, packet, now);
        if (verdict.Outcome != FragmentOutcome.Whole)
        {
            if (verdict.Outcome == FragmentOutcome.Held)
            {
                Count(in source, Disposition.Held);
            }
            else
            {
                CountDrop(in source, verdict.Reason);
            }

            return;
        }

        PacketBuffer whole = verdict.Whole!;
        if (PacketHeaders.Parse(whole.Span, out PacketHeaders headers) == ParseResult.Ok)
        {
            PacketSource assembled = source with
            {
                LargestFragment = verdict.LargestFragment,
                DontFragment = verdict.DontFragment,
                FragmentId = verdict.FragmentId,
            };
            WalkAndConclude(in assembled, whole, in headers, default, now);
        }
        else
        {
            CountDrop(in source, DropReason.Malformed);
        }

        _fragments.Release(whole);
    }

    private void WalkAndConclude(in PacketSource source, PacketBuffer packet, in PacketHeaders h, in FlowKey key, long now)
    {
        SilentSink sink = default;
        _walk.Begin(in source, packet, in h, now);
        ReceiveStage.Run(_walk, ref sink);
        Conclude(_walk, packet, in key);
    }

    private static int SegmentsOf(PacketBuffer packet, in PacketHeaders h) =>
        packet.Offload.Gso == GsoType.None || packet.Offload.GsoSize == 0
            ? 1
            : (h.PayloadLength + packet.Offload.GsoSize - 1) / packet.Offload.GsoSize;

    private static Disposition DispositionOf(FlowOutputKind kind) => kind switch
    {
        FlowOutputKind.Port => Disposition.Delivered,
        FlowOutputKind.Tunnel => Disposition.Tunnelled,
        FlowOutputKind.Physical => Disposition.Transmitted,
        FlowOutputKind.Service => Disposition.Served,
        _ => Disposition.Host,
    };

    private void Count(in PacketSource source, Disposition disposition)
    {
        Counters.Count(disposition);
        if (source.Kind == PacketSourceKind.LocalPort && _state.Ports.TryByDevice(source.Index, out LocalPort? port))
        {
            port.Counters.Count(disposition);
        }
    }

    private void CountDrop(in PacketSource source, DropReason reason)
    {
        Counters.CountDrop(reason);
        if (source.Kind == PacketSourceKind.LocalPort && _state.Ports.TryByDevice(source.Index, out LocalPort? port))
        {
            port.Counters.CountDrop(reason);
        }
    }
}

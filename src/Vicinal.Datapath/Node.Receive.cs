using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Fragments;
using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <content>A packet comes in: tunnel header off, cached flow or walk.</content>
public sealed partial class Node
{
    private readonly KeyedHash _hash;
    private RemoteNode? _lastPeer;

    /// <summary>Decides one packet and sends what comes of it; the buffer may be changed and is the caller's again afterwards.</summary>
    public void Receive(in PacketSource source, PacketBuffer packet, long now)
    {
        Counters.Received++;
        if (source.Kind == PacketSourceKind.Tunnel)
        {
            ReceiveTunnel(in source, packet, now);
        }
        else if (source.Kind == PacketSourceKind.LocalPort || Concerns(in source, packet.Span))
        {
            ReceiveFrame(in source, new FlowInput((FlowInputKind)source.Kind, (uint)source.Index), packet, now);
        }
        else
        {
            Counters.CountDrop(DropReason.NotForUs);
        }
    }

    private void ReceiveTunnel(in PacketSource source, PacketBuffer packet, long now)
    {
        RemoteNode? peer = _lastPeer;
        if (peer?.Row is null || peer.Row.TunnelAddress != source.Remote)
        {
            if (!_state.Nodes.TryByTunnelAddress(source.Remote, out peer))
            {
                Counters.CountDrop(DropReason.UnknownTunnelPeer);
                return;
            }

            _lastPeer = peer;
        }

        if (!TunnelHeader.TryPull(packet, source.Encapsulation, out uint vni))
        {
            Counters.CountDrop(DropReason.Malformed);
            return;
        }

        // The encapsulation stands in the peer's number: a VNI is one network's in one encapsulation only.
        FlowInput input = new(FlowInputKind.Tunnel, vni, (peer.Slot << 3) | (uint)source.Encapsulation);
        ReceiveFrame(source with { Vni = vni }, in input, packet, now);
    }

    private void ReceiveFrame(in PacketSource source, in FlowInput input, PacketBuffer packet, long now)
    {
        ParseResult parsed = PacketHeaders.Parse(packet.Span, out PacketHeaders h);
        if (parsed != ParseResult.Ok)
        {
            CountDrop(in source, DropReasons.Of(parsed));
            return;
        }

        if ((source.Tos & 3) == 3 && !Congestion.TryMark(packet.Span, ref h))
        {
            CountDrop(in source, DropReason.Malformed);
            return;
        }

        if (FlowKey.TryFrom(in h, in input, out FlowKey key))
        {
            int slot = _flows.Find(in key);
            if (slot != FlowCache.NotFound && _flows.IsFresh(slot, now) && TryReplay(slot, in source, packet, in h, now))
            {
                return;
            }

            Decide(in source, packet, in h, in key, now);
        }
        else
        {
            Decide(in source, packet, in h, default, now);
        }

        SettleNeighbors(now);
    }

    private bool TryReplay(int slot, in PacketSource source, PacketBuffer packet, in PacketHeaders h, long now)
    {
        ref readonly FlowEntry flow = ref _flows[slot];
        if (!flow.Action.Admits(in h, in packet.Offload))
        {
            return false;
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
        if (!_budgets.TryDecide(port, h.DestinationMac, now))
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

    /// <summary>
    /// On a NIC that the host shares most frames are the host's own. What is neither for one of our MACs nor a broadcast, nor tells
    /// about a neighbour, is told apart by its first bytes.
    /// </summary>
    private bool Concerns(in PacketSource source, ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetHeader.Size)
        {
            return true;
        }

        MacAddress mac = MacAddress.Read(frame);
        ushort vlan = VlanTag.TryRead(frame, out VlanTag tag) ? tag.Id : (ushort)0;
        if (!_state.Segments.TryByTag(source.Index, vlan, out Segment? segment))
        {
            return false;
        }

        return mac.IsMulticast || segment.OwnersByMac.TryGet(mac, out _) || segment.LocalPortsByMac.TryGet(mac, out _)
            || NeighborTalk.Is(frame);
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

using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Neighbors;
using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath;

/// <content>Packets go out: the walk's own, fragments, answers, and what the node says of its own accord.</content>
public sealed partial class Node
{
    private readonly PacketBuffer _copy = new();
    private readonly PacketBuffer _piece = new();
    private readonly byte[] _pieces = new byte[1 << 17];
    private readonly PacketBuffer _speech = new(PacketBuffer.Headroom + 2048);
    private readonly NeighborEffects _neighborEffects = new();
    private readonly List<ProviderOwner> _due = [];
    private bool _settling;

    private void Send(in FlowAction action, PacketBuffer packet, uint hash, byte tos)
    {
        switch (action.OutputKind)
        {
            case FlowOutputKind.Port:
                _output.ToPort((int)action.OutputIndex, packet);
                break;
            case FlowOutputKind.Tunnel:
                _output.ToTunnel(action.TunnelRemote, action.Encapsulation, packet, hash, tos);
                break;
            case FlowOutputKind.Physical:
                _output.ToPhysical((int)action.OutputIndex, packet);
                break;
            case FlowOutputKind.Host:
                _output.ToHost((int)action.OutputIndex, packet);
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// A packet that is too long for the way out, or that came in fragments: its headers are rewritten first, then it is cut, and
    /// each piece gets its tag or tunnel header. Pieces are never longer than those that came.
    /// </summary>
    private void EmitFragments(Walk walk, uint hash)
    {
        FlowAction rewrite = walk.Compose(new Emission(new FlowOutput(FlowOutputKind.Host), 0, null));
        PacketBuffer packet = walk.Packet;
        _ = Checksum.Finish(packet);
        Executor.Execute(in rewrite, packet, in walk.In);
        if (PacketHeaders.Parse(packet.Span, out PacketHeaders h) != ParseResult.Ok)
        {
            return;
        }

        foreach (Emission emission in walk.Emissions)
        {
            SendPieces(packet, in h, PieceLength(walk), walk.Source.FragmentId, emission, hash);
        }
    }

    /// <param name="id">Of an IPv6 packet that came in fragments; IPv4 carries its own.</param>
    private void SendPieces(PacketBuffer packet, in PacketHeaders h, int mtu, uint id, in Emission emission, uint hash)
    {
        if (h.L3Length <= mtu)
        {
            SendPiece(packet.Span, emission, hash);
            return;
        }

        int written = 0;
        SegmentRun run;
        do
        {
            run = h.IsIpv4
                ? Ipv4Fragmenter.Write(packet.Span, in h, mtu, 0, _pieces, written)
                : Ipv6Fragmenter.Write(packet.Span, in h, mtu, id, 0, _pieces, written);
            for (int i = 0; i < run.Count; i++)
            {
                SendPiece(run.Frame(_pieces, 0, i), emission, hash);
            }

            written += run.Count;
        }
        while (run is { Count: > 0, Remaining: > 0 });
    }

    private void SendPiece(ReadOnlySpan<byte> frame, in Emission emission, uint hash)
    {
        _piece.CopyFrom(frame);
        if (PacketHeaders.Parse(_piece.Span, out PacketHeaders piece) == ParseResult.Ok)
        {
            FlowAction push = FlowActions.FromDifference(in piece, Walk.Tagged(in piece, emission.Vlan), emission.Output);
            Executor.Execute(in push, _piece, in piece);
            Send(in push, _piece, hash, piece.TrafficClass);
        }
    }

    private static int PieceLength(Walk walk)
    {
        int mtu = walk.Mtu == 0 ? int.MaxValue : walk.Mtu;
        return walk.Source.LargestFragment == 0 ? mtu : Math.Min(mtu, walk.Source.LargestFragment);
    }

    private void SendAnswer(Walk walk)
    {
        if (walk.AnswerIsError && !_budgets.TryReportError(walk.Now))
        {
            return;
        }

        PacketBuffer answer = walk.Context.Answer;
        if (walk.AnswerRoute == AnswerRoute.Back)
        {
            SendBack(walk, answer);
        }
        else if (walk.EntryRouter is { } router && PacketHeaders.Parse(answer.Span, out PacketHeaders h) == ParseResult.Ok)
        {
            SilentSink sink = default;
            _answerWalk.Begin(default, answer, in h, walk.Now);
            RouterStage.FromSelf(_answerWalk, router, ref sink);
            Conclude(_answerWalk, answer, default);
        }
    }

    /// <summary>A reply to what came in fragments goes in fragments.</summary>
    private void SendBack(Walk walk, PacketBuffer answer)
    {
        Emission back = walk.WayBack();
        int mtu = walk.Source.LargestFragment;
        if (PacketHeaders.Parse(answer.Span, out PacketHeaders h) != ParseResult.Ok)
        {
            return;
        }

        SendPieces(answer, in h, mtu == 0 ? int.MaxValue : mtu, walk.Source.FragmentId, in back, 0);
    }

    private void Announce(long now)
    {
        if (_announcer.IsIdle)
        {
            return;
        }

        _announcer.Due(now, _due);
        foreach (ProviderOwner owner in _due)
        {
            foreach (IpAddress address in owner.Addresses)
            {
                Announce(owner, address);
            }
        }

        _due.Clear();
    }

    private void Announce(ProviderOwner owner, IpAddress address)
    {
        if (!address.IsIpv4)
        {
            NeighborFrame.WriteAnnouncement(_speech, owner.Mac, address, owner is Gateway);
            Speak(owner.External, MacAddress.Broadcast);
            return;
        }

        ArpFrame.WriteAnnouncement(_speech, owner.Mac, address);
        Speak(owner.External, MacAddress.Broadcast);
        ArpFrame.WriteAnnouncement(_speech, owner.Mac, address, true);
        Speak(owner.External, MacAddress.Broadcast);
    }

    /// <summary>Asks what is due, and walks again with what was answered. What that brings up is settled in the same go.</summary>
    private void SettleNeighbors(long now)
    {
        if (_settling || _neighbors.NextDue > now)
        {
            return;
        }

        _settling = true;
        for (int round = 0; round < 8 && _neighbors.NextDue <= now; round++)
        {
            _neighbors.Step(now, _neighborEffects);
            foreach (Solicitation question in _neighborEffects.Solicitations)
            {
                Ask(in question);
            }

            Resume(_neighborEffects.Freed, now);
            Resume(_neighborEffects.Failed, now);
            _neighborEffects.Clear();
        }

        _settling = false;
    }

    private void Ask(in Solicitation question)
    {
        if (!_state.Segments.TryByNumber(question.Segment, out Segment? segment) || segment is not { IsUp: true, Physical: >= 0 })
        {
            return;
        }

        MacAddress? known = question.Destination.IsZero ? null : question.Destination;
        if (question.Target.IsIpv4)
        {
            ArpFrame.WriteRequest(_speech, question.Asker.Mac, question.Asker.Address, question.Target, known);
        }
        else
        {
            NeighborFrame.WriteSolicitation(_speech, question.Asker.Mac, question.Asker.Address, question.Target, known);
        }

        Speak(segment, known ?? MacAddress.Broadcast);
    }

    private void Resume(List<HeldPacket> packets, long now)
    {
        foreach (HeldPacket held in packets)
        {
            if (PacketHeaders.Parse(held.Packet.Span, out PacketHeaders h) == ParseResult.Ok)
            {
                WalkAndConclude(held.Source, held.Packet, in h, default, now);
            }

            _neighbors.Release(held.Packet);
        }
    }

    /// <summary>Sends the frame in <see cref="_speech"/> to the wire, the host's own stack and the local ports of the segment, as it concerns them.</summary>
    private void Speak(Segment segment, MacAddress destination)
    {
        bool all = destination.IsMulticast;
        bool host = destination == _settings.PhysicalNetworks[segment.Physical].NicMac;
        if (all)
        {
            foreach (LocalPort port in segment.LocalPorts)
            {
                if (port.IsUp)
                {
                    _copy.CopyFrom(_speech);
                    _output.ToPort(port.Device, _copy);
                }
            }
        }

        if (segment.Row!.VlanId != 0)
        {
            new VlanTag(0, false, segment.Row.VlanId).Push(_speech);
        }

        if (all || host)
        {
            _copy.CopyFrom(_speech);
            _output.ToHost(segment.Physical, _copy);
        }

        if (!host)
        {
            _output.ToPhysical(segment.Physical, _speech);
        }
    }
}

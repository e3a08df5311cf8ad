using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Neighbors;
using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath;

/// <content>Answers, and what the node says of its own accord: questions and announcements.</content>
public sealed partial class Node
{
    private readonly PacketBuffer _copy = new(PacketBuffer.Headroom + 2048);
    private readonly PacketBuffer _speech = new(PacketBuffer.Headroom + 2048);
    private readonly NeighborEffects _neighborEffects = new();
    private readonly List<ProviderOwner> _due = [];
    private bool _settling;

    private void SendAnswer(Walk walk)
    {
        if (walk.AnswerIsError && !_budgets.TryReportError(walk.Now))
        {
            return;
        }

        PacketBuffer answer = walk.Context.Answer;
        if (walk.AnswerRoute == AnswerRoute.Back)
        {
            _emitter.EmitBack(walk, answer, _output);
        }
        else if (walk.EntryRouter is { } router && PacketHeaders.Parse(answer.Span, out PacketHeaders h) == ParseResult.Ok)
        {
            SilentSink sink = default;
            _answerWalk.Begin(default, answer, in h, walk.Now);
            RouterStage.FromSelf(_answerWalk, router, ref sink);
            Conclude(_answerWalk, answer, default);
        }
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

                // Whoever learns the address from this may first ask for it when the agent is away.
                AdoptAnswer(new FlowInput(FlowInputKind.Physical, (uint)owner.Segment.Physical), owner.Segment.Row!.VlanId, address, now);
            }
        }

        _due.Clear();
    }

    private void Announce(ProviderOwner owner, IpAddress address)
    {
        if (!address.IsIpv4)
        {
            NeighborFrame.WriteAnnouncement(_speech, owner.Mac, address, owner.IsRouter);
            Speak(owner.Segment, MacAddress.Broadcast);
            return;
        }

        ArpFrame.WriteAnnouncement(_speech, owner.Mac, address);
        Speak(owner.Segment, MacAddress.Broadcast);
        ArpFrame.WriteAnnouncement(_speech, owner.Mac, address, true);
        Speak(owner.Segment, MacAddress.Broadcast);
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
        if (!_state.Segments.TryByNumber(question.Segment, out Segment? segment) || segment is not { IsUp: true, Physical: >= 0 }
            || !MaySpeakAs(segment, question.Asker.Mac))
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

    /// <summary>The node's own MAC, or one that is its own to show at this moment: it may be another node's since the question came up.</summary>
    private bool MaySpeakAs(Segment segment, MacAddress mac) => mac == _settings.PhysicalNetworks[segment.Physical].NicMac
        || (segment.OwnersByMac.TryGet(mac, out ProviderOwner? owner) && _settings.Holds(owner.Lease));

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

using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <content>What the mirror says about neighbours while the agent is away is kept true while it is here.</content>
public sealed partial class Node
{
    /// <summary>Answers looked at in a tick; of those only the ones that do not hold cost more than a comparison.</summary>
    private const int AnswersATick = 256;

    /// <summary>An earlier process answered there for the address, or it was announced there: if this node would answer, the mirror may say so.</summary>
    public void AdoptAnswer(FlowInput input, ushort vlan, IpAddress target, long now)
    {
        NeighborAnswer former = new(input, vlan, target, default, false);
        if (_answers is not null && TryResolveAgain(in former, now, out NeighborAnswer answer))
        {
            _answers.Put(in answer, _answerWalk.Stamps);
        }
    }

    private void KeepAnswersTrue(long now)
    {
        int budget = AnswersATick;
        while (_answers is not null && _answers.TryTakeStale(ref budget, out NeighborAnswer stale))
        {
            if (TryResolveAgain(in stale, now, out NeighborAnswer answer))
            {
                _answers.Put(in answer, _answerWalk.Stamps);
            }
        }
    }

    /// <summary>As if it were asked again from the same place. False: the node would not answer now.</summary>
    private bool TryResolveAgain(in NeighborAnswer before, long now, out NeighborAnswer answer)
    {
        answer = default;
        int index = (int)before.Input.Index;
        PacketSource source = before.Input.Kind == FlowInputKind.LocalPort ? PacketSource.LocalPort(index) : PacketSource.Physical(index);
        _answerWalk.Begin(in source, _probe, default, now);
        Segment? segment;
        if (before.Input.Kind != FlowInputKind.LocalPort)
        {
            _ = _state.Segments.TryByTag(index, before.Vlan, out segment);
        }
        else if (_state.Ports.TryByDevice(index, out LocalPort? port) && port.IsUp && !port.HasAddress(before.Target))
        {
            _answerWalk.InPort = port;
            _answerWalk.Depend(port.Slot);
            segment = port.Segment;
        }
        else
        {
            return false;
        }

        if (segment is not { IsUp: true }
            || !ServicesStage.TryFindOwner(_answerWalk, segment, before.Target, out MacAddress owner, out bool router, out _))
        {
            return false;
        }

        answer = before with { Owner = owner, IsRouter = router, Lease = _answerWalk.Lease };
        return true;
    }
}

using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

/// <summary>Rules 5 and 7: giving a router to another node without losing its connections, and asking for one.</summary>
public sealed partial class GatewayElection
{
    /// <summary>The answer to a <see cref="FlushRequest"/>.</summary>
    public void ConnectionsFlushed(Guid routerId, string standby, long now, GatewayEffects effects)
    {
        Begin(effects, now);
        if (_byId.TryGetValue(routerId, out ElectedRouter? router) && router.Handover is { Flushes: true } handover
            && Hosts.TryFind(standby, out int host) && host == handover.Successor)
        {
            HandOver(router, handover, now);
        }

        Settle(now);
    }

    private void BeginHandover(ElectedRouter router, bool leisurely, long now, int successor = -1)
    {
        if (now < router.NextHandover)
        {
            Schedule(router, router.NextHandover);
            return;
        }

        Handover handover = new() { Leisurely = leisurely, Reclaimed = leisurely && successor >= 0, Started = now };
        router.Handover = handover;
        router.Role = GatewayRole.HandingOver;
        if (successor >= 0)
        {
            Choose(handover, successor, now);
        }

        GoOnHandingOver(router, handover, now);
    }

    private void GoOnHandingOver(ElectedRouter router, Handover handover, long now)
    {
        if (handover.Leisurely && !handover.Reclaimed && WhyHandOver(router, now) is null)
        {
            EndHandover(router, now);
            return;
        }

        if (handover.Flushes && now >= handover.PhaseEnds)
        {
            HandOver(router, handover, now);
            return;
        }

        if (handover.Successor < 0 || (!handover.Flushes && now >= handover.PhaseEnds))
        {
            NextCandidate(router, handover, now);
            if (router.Handover is null)
            {
                return;
            }
        }

        if (!handover.Flushes && now >= handover.NextPrepare)
        {
            handover.NextPrepare = now + ElectionTimes.Retry;
            new PrepareEntry(router.Id, router.Epoch, handover.Leisurely).Write(_outbox.Entry(handover.Successor, MessageKind.Prepare, []));
        }

        Schedule(router, handover.Flushes ? handover.PhaseEnds : Math.Min(handover.PhaseEnds, handover.NextPrepare));
    }

    private static void Choose(Handover handover, int successor, long now)
    {
        handover.Successor = successor;
        handover.PhaseEnds = now + ElectionTimes.Prepare;
        handover.NextPrepare = now;
    }

    /// <summary>The best node that has not declined; without one the router stays, and it is tried again.</summary>
    private void NextCandidate(ElectedRouter router, Handover handover, long now)
    {
        if (handover.Successor >= 0)
        {
            handover.Tried |= 1U << Math.Max(0, Array.IndexOf(router.Nodes, handover.Successor));
        }

        bool answers = SomebodyAnswers(router, now);
        int best = -1;
        for (int place = 0; place < router.Nodes.Length; place++)
        {
            int host = router.Nodes[place];
            if ((handover.Tried & (1U << place)) == 0 && IsEligible(router, host, now)
                && (!handover.Leisurely || UpstreamOf(router, host) == UpstreamState.Answers)
                && (best < 0 || RankOf(router, place, answers) < RankOf(router, best, answers)))
            {
                best = place;
            }
        }

        if (best < 0 || handover.Reclaimed)
        {
            EndHandover(router, now);
            return;
        }

        Choose(handover, router.Nodes[best], now);
    }

    private void EndHandover(ElectedRouter router, long now)
    {
        router.Handover = null;
        router.Role = GatewayRole.Active;
        router.NextHandover = now + ElectionTimes.HandoverRetry;
        Mark(router);
    }

    private void HandlePrepared(int host, in MessageReader message, long now)
    {
        for (int i = 0; i < message.Count; i++)
        {
            PreparedEntry answer = PreparedEntry.Read(message.Entry(i));
            if (_byId.TryGetValue(answer.RouterId, out ElectedRouter? router) && router.Handover is { Flushes: false } handover
                && handover.Successor == host && router.Epoch == answer.Epoch)
            {
                NoteReadiness(router, handover, answer.Readiness, now);
            }
        }
    }

    private void NoteReadiness(ElectedRouter router, Handover handover, Readiness readiness, long now)
    {
        bool waitsStill = readiness == Readiness.Waits && now < handover.Started + ElectionTimes.PrepareWait;
        if (readiness == Readiness.Declines || (readiness == Readiness.Waits && !waitsStill && handover.Leisurely))
        {
            NextCandidate(router, handover, now);
        }
        else if (waitsStill)
        {
            handover.PhaseEnds = now + ElectionTimes.Prepare;
        }
        else if (!_ready)
        {
            // A data path that stands still has nothing more to say.
            HandOver(router, handover, now);
        }
        else
        {
            handover.Flushes = true;
            handover.PhaseEnds = now + ElectionTimes.Flush;
            _effects.Flushes.Add(new FlushRequest(router.Id, Hosts.NameOf(handover.Successor)));
        }

        Mark(router);
    }

    private void HandOver(ElectedRouter router, Handover handover, long now)
    {
        Stop(router, handover.Successor, router.ActiveEpoch, handover.Successor, ActiveReason.HandedOver, now);
        router.SuccessionEnds = now + ElectionTimes.Succession;
        Mark(router);
    }

    /// <summary>A better node that has been well for long enough asks the active one to hand over.</summary>
    private void AskForReturn(ElectedRouter router, long now)
    {
        if (!_times.Preempt || !router.Lists(router.Active) || !IsEligible(router) || !IsBetterThanActive(router, now))
        {
            return;
        }

        Damping steadiness = SteadinessOf(router);
        long due = Math.Max(router.NextReclaim, steadiness.TrustedAt(_times.Hold));
        if (now < due || router.ReplicatedFrom != router.Active)
        {
            Schedule(router, due > now ? due : ElectedRouter.Idle);
            return;
        }

        router.NextReclaim = now + ElectionTimes.ReclaimInterval;
        _outbox.RouterEpoch(router.Active, MessageKind.Reclaim, [], router.Id, router.ActiveEpoch);
        Schedule(router, router.NextReclaim);
    }

    private bool IsBetterThanActive(ElectedRouter router, long now)
    {
        bool answers = SomebodyAnswers(router, now);
        return RankOf(router, router.Place, answers) < RankOf(router, Array.IndexOf(router.Nodes, router.Active), answers);
    }

    private void HandleReclaim(int host, in MessageReader message, long now)
    {
        for (int i = 0; i < message.Count; i++)
        {
            RouterEpoch ask = RouterEpoch.Read(message.Entry(i));
            if (_byId.TryGetValue(ask.RouterId, out ElectedRouter? router) && router.Role == GatewayRole.Active && router.Epoch == ask.Epoch
                && MayReturn(router, host, now))
            {
                BeginHandover(router, leisurely: router.IsListed, now, host);
            }
        }
    }

    /// <summary>Who asks is better, and this node, too, has seen it well for long enough: one that restarts again and again does not remember it.</summary>
    private bool MayReturn(ElectedRouter router, int host, long now)
    {
        int place = Array.IndexOf(router.Nodes, host);
        if (place < 0 || !router.IsListed)
        {
            return place >= 0;
        }

        bool answers = SomebodyAnswers(router, now);
        return IsEligible(router, host, now) && RankOf(router, place, answers) < RankOf(router, router.Place, answers)
            && PeerOf(host).Steadiness.IsTrusted(_times.Hold, now);
    }
}

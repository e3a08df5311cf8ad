using System.Numerics;
using Vicinal.Forwarding;

namespace Vicinal.Gateways.Elections;

/// <summary>What a node does about a router that it serves.</summary>
public sealed partial class GatewayElection
{
    private void LookAsActive(ElectedRouter router, long now)
    {
        Replicate(router, now);
        KeepGrants(router, now);
        if (!router.IsServed)
        {
            return;
        }

        if (router.Handover is { } handover)
        {
            GoOnHandingOver(router, handover, now);
        }
        else if (WhyHandOver(router, now) is { } leisurely)
        {
            BeginHandover(router, leisurely, now);
        }
    }

    /// <summary>Has every witness grant the router, under the newest schedule and for the present kind of lease.</summary>
    private void KeepGrants(ElectedRouter router, long now)
    {
        if (router.IsListed && router.Asked == router.Epoch && MayAskAnew(router)
            && (router.Schedule > router.Epoch.Schedule || router.Lease != router.Held || router.Newest > router.Epoch))
        {
            AskAnew(router, now);
        }

        if (router.Asked == router.Epoch)
        {
            Ask(router, router.Granted, now);
        }
        else if (_lease.Supports(router.Lease, router.AskedGranted, now))
        {
            Renumber(router, now);
        }
        else
        {
            Ask(router, router.AskedGranted, now);
        }
    }

    /// <summary>A witness took a router from this node, or is about to.</summary>
    private void LoseGrant(ElectedRouter router, int seat, Epoch epoch, long now)
    {
        byte left = (byte)(router.Granted & ~(1 << seat));
        _draining.Lose(router.Id, seat);
        router.Newest = epoch > router.Newest ? epoch : router.Newest;
        router.AskedGranted &= (byte)~(1 << seat);
        router.NextAsk[seat] = now + ElectionTimes.Retry;
        if (router.IsServed)
        {
            _lease.Change(router.Held, router.Granted, left);
            router.Granted = left;
            router.Contested = true;
            if (BitOperations.PopCount((uint)(left & _lease.Members)) < _lease.Majority)
            {
                Lose(router, now);
            }
        }

        Mark(router);
    }

    /// <summary>Somebody else is to serve it, whose claim will follow.</summary>
    private void Lose(ElectedRouter router, long now)
    {
        Stop(router, -1, router.ActiveEpoch, -1, ActiveReason.Revoked, now);
        router.TakeAt = now + ElectionTimes.ClaimDelay + (NodesBefore(router, now) * ElectionTimes.RankDelay);
    }

    /// <summary>
    /// Witnesses count only when they granted all routers that are served here. When the lease has run out for that reason, and they do
    /// answer, the routers that some of them gave away are let go, so that the others can go on.
    /// </summary>
    private void GiveUpContested(long now)
    {
        for (GatewayLease lease = GatewayLease.Short; lease <= GatewayLease.Long; lease++)
        {
            if (_held[IndexOf(lease)] == 0 || _lease.Until(lease) > now || !_lease.IsHeard(lease, now))
            {
                continue;
            }

            foreach (ElectedRouter router in _routers)
            {
                if (router.IsServed && router.Held == lease && router.Contested)
                {
                    Lose(router, now);
                }
            }
        }
    }
}

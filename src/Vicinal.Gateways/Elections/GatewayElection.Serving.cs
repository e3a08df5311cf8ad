using Vicinal.Forwarding;
using Vicinal.Gateways.Leases;

namespace Vicinal.Gateways.Elections;

/// <summary>Beginning and ending to serve a router, and following who does.</summary>
public sealed partial class GatewayElection
{
    private readonly ClaimLog _claims = new();
    private readonly ReleaseQueue _releases = new();
    private readonly Draining _draining;

    /// <summary>Served routers with short and with long leases.</summary>
    private readonly int[] _held = new int[2];

    private long _releasesDue = ElectedRouter.Idle;
    private long _shownShort;
    private long _shownLong;

    /// <summary>A majority granted it.</summary>
    private void Serve(ElectedRouter router, long now)
    {
        ActiveReason reason = router.Active == _self ? ActiveReason.Vacant : router.Reason;
        router.Epoch = router.Asked;
        router.ActiveEpoch = router.Asked;
        router.Active = _self;
        router.Attempts = 0;
        router.TakeAt = ElectedRouter.Idle;
        router.SuccessionEnds = ElectedRouter.Idle;
        router.ReplicatedFrom = -1;
        if (router.Lease == GatewayLease.None)
        {
            router.Role = IdleRoleOf(router);
            router.ServesByRow = true;
        }
        else
        {
            router.Role = GatewayRole.Active;
            router.Granted = router.AskedGranted;
            router.Contested = false;
            router.NextHandover = now;
            Hold(router);
        }

        Tell(router, here: true, reason, now);
        Claim(router, now);
        Mark(router);
    }

    /// <summary>What is served here goes on under a newer epoch, which a majority granted.</summary>
    private void Renumber(ElectedRouter router, long now)
    {
        _lease.Remove(router.Held, router.Granted);
        _held[IndexOf(router.Held)]--;
        router.Epoch = router.Asked;
        router.ActiveEpoch = router.Asked;
        router.Contested = false;
        Hold(router);
        Tell(router, here: true, ActiveReason.Scheduled, now);
        Claim(router, now);
    }

    /// <summary>
    /// Serves the router no longer, or asks for it no longer, and lets the witnesses and the other gateway nodes know when the data path has stopped.
    /// </summary>
    /// <param name="active">Who serves it from now on, or -1.</param>
    private void Stop(ElectedRouter router, int active, Epoch epoch, int successor, ActiveReason reason, long now)
    {
        Epoch released = router.Asked > router.Epoch ? router.Asked : router.Epoch;
        bool served = router.IsServed;
        if (served)
        {
            _held[IndexOf(router.Held)]--;
            _draining.Add(router.Id, router.Held, router.Granted, _lastChange + 1);
            _claims.Remove(router.Id);
            router.Handover = null;
        }

        router.Role = IdleRoleOf(router);
        router.Granted = 0;
        router.AskedGranted = 0;
        router.Contested = false;
        router.TakeAt = ElectedRouter.Idle;
        router.Newest = released > router.Newest ? released : router.Newest;
        if (served)
        {
            router.Active = active;
            router.ActiveEpoch = epoch;
            Tell(router, here: false, reason, now);
            Replicate(router, now);
        }

        Release(router, released, successor, served, now);
        Mark(router);
    }

    /// <summary>It is known to be served by another, under an epoch that is newer than any that was known.</summary>
    private void Follow(ElectedRouter router, int host, Epoch epoch, long now)
    {
        bool served = router.IsServed;
        if (served || router.Role == GatewayRole.Taking)
        {
            Stop(router, host, epoch, -1, ActiveReason.Claimed, now);
        }

        if (router.ServesByRow)
        {
            StopServingByRow(router);
        }

        router.Active = host;
        router.ActiveEpoch = epoch;
        router.FollowedAt = now;
        router.Attempts = 0;
        router.TakeAt = ElectedRouter.Idle;
        router.SuccessionEnds = ElectedRouter.Idle;
        router.UnlistedSince = ElectedRouter.Idle;
        if (router.IsKnown && !served)
        {
            Tell(router, here: false, ActiveReason.Claimed, now);
        }

        Mark(router);
        _peersChanged = true;
    }

    private void Tell(ElectedRouter router, bool here, ActiveReason reason, long now)
    {
        if (_applied == _lastChange)
        {
            _unappliedSince = now;
        }

        router.WasTold = router.IsKnown;
        string? host = router.Active < 0 ? null : Hosts.NameOf(router.Active);
        _effects.Actives.Add(new ActiveChange(router.Id, host, router.ActiveEpoch, here, reason, ++_lastChange));
        if (!_rules.StopsBeforeTelling)
        {
            _applied = _lastChange;
            _draining.Applied(_applied);
        }
    }

    private void Hold(ElectedRouter router)
    {
        router.Held = router.Lease;
        _lease.Add(router.Held, router.Granted);
        _held[IndexOf(router.Held)]++;
    }

    private static int IndexOf(GatewayLease lease) => lease == GatewayLease.Long ? 1 : 0;

    private static GatewayRole IdleRoleOf(ElectedRouter router) => router.IsListed ? GatewayRole.Standby : GatewayRole.None;

    /// <summary>Witnesses may have granted whatever they were asked for, so all of them are told; other gateway nodes only of what was served.</summary>
    private void Release(ElectedRouter router, Epoch epoch, int successor, bool served, long now)
    {
        PendingRelease release = _releases.Add(router.Id, epoch, successor, served ? _lastChange : 0, now);
        for (int seat = 0; seat < NodeLease.MaxSeats; seat++)
        {
            release.Add(_lease.Seat(seat)?.Host ?? -1);
        }

        if (served)
        {
            foreach (int host in router.Nodes)
            {
                release.Add(host == _self ? -1 : host);
            }

            release.Add(successor);
        }

        _releasesDue = Math.Min(_releasesDue, now);
    }

    /// <summary>The connections of what is served here go to each other gateway node that is live.</summary>
    private void Replicate(ElectedRouter router, long now)
    {
        for (int i = router.Replicas.Count - 1; i >= 0; i--)
        {
            int host = router.Replicas[i];
            if (!router.IsServed || !router.Lists(host) || PeerOf(host).LivenessAt(now) == Liveness.Down)
            {
                router.Replicas.RemoveAt(i);
                _effects.Replications.Add(new ReplicationChange(router.Id, Hosts.NameOf(host), false));
            }
        }

        foreach (int host in router.IsServed ? router.Nodes : [])
        {
            if (host != _self && !router.Replicas.Contains(host) && PeerOf(host).LivenessAt(now) == Liveness.Live)
            {
                router.Replicas.Add(host);
                _effects.Replications.Add(new ReplicationChange(router.Id, Hosts.NameOf(host), true));
            }
        }
    }

    /// <summary>Without elections there are no leases that could run out.</summary>
    private void ShowLease()
    {
        long shortUntil = _policy is null ? long.MaxValue : _held[0] > 0 ? Math.Max(0, _lease.Until(GatewayLease.Short)) : 0;
        long longUntil = _policy is null ? long.MaxValue : _held[1] > 0 ? Math.Max(0, _lease.Until(GatewayLease.Long)) : 0;
        if (shortUntil != _shownShort || longUntil != _shownLong)
        {
            _shownShort = shortUntil;
            _shownLong = longUntil;
            _effects.MoveLease(shortUntil, longUntil);
        }
    }
}

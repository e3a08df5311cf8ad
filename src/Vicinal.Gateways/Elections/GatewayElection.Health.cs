using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

/// <summary>Rules 5 and 6: which nodes may serve a router, and which of them is better.</summary>
public sealed partial class GatewayElection
{
    private void HealthChanged(long now)
    {
        bool well = _ready && !_leaving;
        _steadiness.Set(well, now);
        foreach (NetworkHealth health in _networks.Values)
        {
            health.Steadiness.Set(well && health.Link && health.Upstream != UpstreamState.Silent, now);
        }

        GreetSoon(now);
        MarkAll();
    }

    private bool IsEligible(ElectedRouter router) =>
        router.IsListed && _ready && !_leaving && (router.Network is not { } network || (_networks.TryGetValue(network, out NetworkHealth? health) && health.Link));

    /// <summary>Whether another gateway node says that it could serve the router.</summary>
    private bool IsEligible(ElectedRouter router, int host, long now)
    {
        Peer peer = PeerOf(host);
        return host != _self && peer.IsReady && peer.LivenessAt(now) == Liveness.Live
            && (router.Network is not { } network || peer.Network(network).Link);
    }

    private Damping SteadinessOf(ElectedRouter router) =>
        router.Network is { } network && _networks.TryGetValue(network, out NetworkHealth? health) ? health.Steadiness : _steadiness;

    private UpstreamState UpstreamOf(ElectedRouter router, int host)
    {
        if (router.Network is not { } network)
        {
            return UpstreamState.Unknown;
        }

        return host != _self ? PeerOf(host).Network(network).Upstream
            : _networks.TryGetValue(network, out NetworkHealth? health) ? health.Upstream : UpstreamState.Unknown;
    }

    /// <summary>An upstream that is silent counts only where another node's answers: where none does, it says nothing about this node.</summary>
    private bool SomebodyAnswers(ElectedRouter router, long now)
    {
        foreach (int host in router.Nodes)
        {
            if (UpstreamOf(router, host) == UpstreamState.Answers && (host == _self ? IsEligible(router) : IsEligible(router, host, now)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>By place in the list, after all whose upstream is not silent.</summary>
    private int RankOf(ElectedRouter router, int place, bool somebodyAnswers) =>
        place + (somebodyAnswers && UpstreamOf(router, router.Nodes[place]) == UpstreamState.Silent ? router.Nodes.Length : 0);

    /// <summary>How many that could serve the router go before this node.</summary>
    private int NodesBefore(ElectedRouter router, long now)
    {
        if (!router.IsListed)
        {
            return 0;
        }

        bool answers = SomebodyAnswers(router, now);
        int own = RankOf(router, router.Place, answers);
        int before = 0;
        for (int place = 0; place < router.Nodes.Length; place++)
        {
            int host = router.Nodes[place];
            before += host != router.Active && RankOf(router, place, answers) < own && IsEligible(router, host, now) ? 1 : 0;
        }

        return before;
    }

    /// <summary>Null: it stays here. False: this node must not, or can hardly go on. True: another one is better off.</summary>
    private bool? WhyHandOver(ElectedRouter router, long now)
    {
        if (!IsEligible(router))
        {
            return false;
        }

        return UpstreamOf(router, _self) == UpstreamState.Silent && SomebodyAnswers(router, now) ? true : null;
    }

    private void HandlePrepare(int host, in MessageReader message, long now)
    {
        for (int i = 0; i < message.Count; i++)
        {
            PrepareEntry ask = PrepareEntry.Read(message.Entry(i));
            Readiness readiness = _byId.TryGetValue(ask.RouterId, out ElectedRouter? router) ? ReadinessFor(router, host, in ask, now) : Readiness.Declines;
            new PreparedEntry(ask.RouterId, ask.Epoch, readiness).Write(_outbox.Entry(host, MessageKind.Prepared, []));
        }
    }

    private Readiness ReadinessFor(ElectedRouter router, int host, in PrepareEntry ask, long now)
    {
        if (!IsEligible(router) || !MayAskAnew(router))
        {
            return Readiness.Declines;
        }

        Damping steadiness = SteadinessOf(router);
        if (ask.Leisurely && !steadiness.IsCalm(now) && !steadiness.IsTrusted(_times.Hold, now))
        {
            return Readiness.Declines;
        }

        router.PreparedAt = now;
        return router.ReplicatedFrom == host ? Readiness.Ready : Readiness.Waits;
    }
}

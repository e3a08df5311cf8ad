using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

/// <summary>Rule 4: telling all nodes what is served here, and following what others tell.</summary>
public sealed partial class GatewayElection
{
    /// <summary>Messages of claims in one tick; the rest follow in the next ones.</summary>
    private const int MostClaims = 256;

    /// <summary>Messages in flight to one node that has not said what it knows.</summary>
    private const int ClaimsInFlight = 8;

    private static readonly long[] s_claimPauses = [5, 15, 30, 50, 200, 700, 1000];

    private long _claimsDue = ElectedRouter.Idle;

    private void Claim(ElectedRouter router, long now)
    {
        _claims.Put(router.Id, router.ActiveEpoch);
        foreach (Peer peer in _peers)
        {
            ClaimSoon(peer, now);
        }
    }

    private void ClaimSoon(Peer peer, long now)
    {
        peer.ClaimStep = 0;
        peer.NextClaim = now;
        _claimsDue = Math.Min(_claimsDue, now);
    }

    private void TickClaims(long now)
    {
        if (now < _claimsDue)
        {
            return;
        }

        _claimsDue = ElectedRouter.Idle;
        if (_claims.Newest == 0 || _policy is null)
        {
            return;
        }

        int most = _outbox.Count + MostClaims;
        foreach (Peer peer in _peers)
        {
            if (peer.Host == _self || Hosts.AddressOf(peer.Host) is null)
            {
                continue;
            }

            if (now >= peer.NextClaim && _outbox.Count < most)
            {
                bool heard = peer.ClaimsHeard == _claims.Newest;
                SendClaims(peer);
                long pause = s_claimPauses[Math.Min(peer.ClaimStep++, s_claimPauses.Length - 1)] * Nanoseconds.PerMillisecond;
                peer.NextClaim = now + (heard ? ElectionTimes.ClaimRefresh : pause);
            }

            _claimsDue = Math.Min(_claimsDue, Math.Max(peer.NextClaim, now + Nanoseconds.PerMillisecond));
        }
    }

    /// <summary>What the node does not know yet; if it knows everything, just up to where it should.</summary>
    private void SendClaims(Peer peer)
    {
        Span<byte> head = stackalloc byte[ClaimMessage.Size];
        int room = (OutgoingMessage.MaxSize - MessageHeader.Size - ClaimMessage.Size) / RouterEpoch.Size;
        int place = _claims.PlaceAfter(peer.ClaimsHeard);
        uint after = peer.ClaimsHeard;
        for (int sent = 0; sent < ClaimsInFlight; sent++)
        {
            int end = EndOfMessage(place, room);
            uint upTo = end == _claims.Count ? _claims.Newest : _claims.NumberAt(end - 1);
            new ClaimMessage(after, upTo).Write(head);
            OutgoingMessage message = _outbox.Whole(peer.Host, MessageKind.Claim, head);
            for (; place < end; place++)
            {
                if (_claims.TryGet(place, out RouterEpoch claim))
                {
                    claim.Write(message.Room);
                    message.Length += RouterEpoch.Size;
                    message.AddToCount();
                }
            }

            after = upTo;
            if (end == _claims.Count)
            {
                return;
            }
        }
    }

    private int EndOfMessage(int place, int room)
    {
        int taken = 0;
        while (place < _claims.Count && taken < room)
        {
            taken += _claims.TryGet(place++, out _) ? 1 : 0;
        }

        return place;
    }

    private void HandleClaim(Peer peer, in MessageReader message, long now)
    {
        ClaimMessage head = ClaimMessage.Read(message.Fixed);
        if (head.UpTo < head.After)
        {
            return;
        }

        Span<byte> answer = stackalloc byte[ClaimHeardMessage.Size];
        peer.ClaimsKnown = head.After <= peer.ClaimsKnown ? Math.Max(peer.ClaimsKnown, head.UpTo) : peer.ClaimsKnown;
        new ClaimHeardMessage(message.Header.Incarnation, peer.ClaimsKnown).Write(answer);
        OutgoingMessage heard = _outbox.Whole(peer.Host, MessageKind.ClaimHeard, answer);
        for (int i = 0; i < message.Count; i++)
        {
            RouterEpoch claim = RouterEpoch.Read(message.Entry(i));
            if (!_byId.ContainsKey(claim.RouterId) && _routers.Count >= MostRouters)
            {
                continue;
            }

            ElectedRouter router = RouterOf(claim.RouterId);
            if (claim.Epoch > router.ActiveEpoch)
            {
                Follow(router, peer.Host, claim.Epoch, now);
            }
            else if (router.Active != peer.Host && (claim.Epoch < router.ActiveEpoch || router.Active >= 0))
            {
                // The claimant has to ask for a newer epoch, or to hear of who has it.
                new RouterEpoch(claim.RouterId, router.ActiveEpoch).Write(heard.Room);
                heard.Length += RouterEpoch.Size;
                heard.AddToCount();
            }
        }
    }

    private void HandleClaimHeard(Peer peer, in MessageReader message, long now)
    {
        ClaimHeardMessage head = ClaimHeardMessage.Read(message.Fixed);
        if (head.Claimant != _settings.Incarnation || head.UpTo > _claims.Newest)
        {
            return;
        }

        if (head.UpTo > peer.ClaimsHeard)
        {
            peer.ClaimsHeard = head.UpTo;
            peer.ClaimStep = 0;
            peer.NextClaim = head.UpTo == _claims.Newest ? now + ElectionTimes.ClaimRefresh : now;
            _claimsDue = Math.Min(_claimsDue, peer.NextClaim);
        }

        for (int i = 0; i < message.Count; i++)
        {
            RouterEpoch newer = RouterEpoch.Read(message.Entry(i));
            if (_byId.TryGetValue(newer.RouterId, out ElectedRouter? router))
            {
                Outdo(router, newer.Epoch, now);
            }
        }
    }

    /// <summary>Somebody follows an epoch that is not older than the one under which the router is served here.</summary>
    private void Outdo(ElectedRouter router, Epoch followed, long now)
    {
        router.Newest = followed > router.Newest ? followed : router.Newest;
        if (router.ServesByRow && followed >= router.ActiveEpoch)
        {
            // Nobody else can serve it, so no witness has to be asked.
            router.ActiveEpoch = router.NextEpoch;
            Tell(router, here: true, ActiveReason.Scheduled, now);
            ServeByRow(router, now);
        }
        else if (router.IsServed && router.Asked == router.Epoch && followed >= router.Epoch && MayAskAnew(router))
        {
            // All that knew of that epoch may have forgotten it but who follows.
            AskAnew(router, now);
        }

        Mark(router);
    }
}

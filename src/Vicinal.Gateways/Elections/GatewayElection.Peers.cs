using Vicinal.Forwarding;
using Vicinal.Gateways.Bfd;
using Vicinal.Gateways.Messages;

namespace Vicinal.Gateways.Elections;

/// <summary>The other nodes: BFD sessions, and greetings among gateway nodes that share a router.</summary>
public sealed partial class GatewayElection
{
    /// <summary>A tick that is later than this is a stall.</summary>
    private const long Punctual = 2 * Nanoseconds.PerMillisecond;

    private static readonly long[] s_helloPauses = [5, 15, 30];
    private static readonly long[] s_whoServesPauses = [0, 150, 20];

    private readonly List<Peer> _peers = [];
    private uint _lastDiscriminator;
    private long _peersDue = ElectedRouter.Idle;
    private bool _peersChanged;
    private int _asksWhoServes;
    private long _nextWhoServes;
    private bool _saidLapsed;

    /// <summary>A BFD control packet from a known node; the caller has looked at its TTL.</summary>
    public void ReceiveBfd(int host, ReadOnlySpan<byte> packet, long now, GatewayEffects effects)
    {
        Begin(effects, now);
        if (_policy is not null && host != _self && host >= 0 && host < Hosts.Count && BfdPacket.TryRead(packet, out BfdPacket read))
        {
            Peer peer = PeerOf(host);
            BfdSession session = peer.Bfd ?? OpenSession(peer, passive: true, now);
            if (session.Receive(in read, now))
            {
                NoteSession(peer, session, now);
            }

            _peersDue = Math.Min(_peersDue, session.NextDue);
        }

        Settle(now);
    }

    private Peer PeerOf(int host)
    {
        while (_peers.Count <= host)
        {
            _peers.Add(new Peer(_peers.Count));
        }

        return _peers[host];
    }

    /// <summary>Who shares a router as gateway node, and whose routers are used here: BFD runs fast with the first and slowly with the second.</summary>
    private void RefreshPeers(long now)
    {
        foreach (Peer peer in _peers)
        {
            peer.IsMate = false;
            peer.IsUsed = false;
        }

        foreach (ElectedRouter router in _routers)
        {
            if (_policy is null || !router.IsKnown || router.Lease == GatewayLease.None)
            {
                continue;
            }

            bool mates = router.IsListed || router.IsServed;
            foreach (int host in mates ? router.Nodes : [])
            {
                _peers[host].IsMate = host != _self;
            }

            if (router.Active >= 0 && router.Active != _self)
            {
                _peers[router.Active].IsMate |= mates;
                _peers[router.Active].IsUsed = true;
            }
        }

        foreach (Peer peer in _peers)
        {
            RefreshSession(peer, now);
        }

        _peersDue = now;
    }

    private void RefreshSession(Peer peer, long now)
    {
        if (peer.IsMate || peer.IsUsed)
        {
            BfdSession session = peer.Bfd ?? OpenSession(peer, passive: false, now);
            session.IsPassive = false;
            session.SetTiming(peer.IsMate ? _times.Fast : BfdTiming.Slow, now);
            peer.NextHello = Math.Min(peer.NextHello, now + ElectionTimes.Hello);
        }
        else if (peer.Bfd is { } unwanted)
        {
            unwanted.IsPassive = true;
            unwanted.SetTiming(BfdTiming.Slow, now);
        }
    }

    private BfdSession OpenSession(Peer peer, bool passive, long now)
    {
        _lastDiscriminator = _lastDiscriminator == uint.MaxValue ? 1 : _lastDiscriminator + 1;
        peer.Bfd = new BfdSession(_lastDiscriminator, peer.IsMate ? _times.Fast : BfdTiming.Slow, passive, now);
        peer.BfdSince = now;
        peer.WasUp = false;
        peer.Seen = Liveness.Unknown;
        return peer.Bfd;
    }

    private void NoteSession(Peer peer, BfdSession session, long now)
    {
        peer.WasUp |= session.State == BfdState.Up;
        peer.Downs += peer.IsUp && session.State != BfdState.Up ? 1 : 0;
        peer.IsUp = session.State == BfdState.Up;
        _effects.Peers.Add(new PeerChange(Hosts.NameOf(peer.Host), session.State, session.Diagnostic));
        NoteLiveness(peer, now);
    }

    private void NoteLiveness(Peer peer, long now)
    {
        Liveness seen = peer.LivenessAt(now);
        if (seen == peer.Seen)
        {
            return;
        }

        peer.Seen = seen;
        peer.Steadiness.Set(seen == Liveness.Live, now);
        foreach (ElectedRouter router in _routers)
        {
            if (router.Active == peer.Host || router.IsServed || (router.IsListed && router.Lists(peer.Host)))
            {
                Mark(router);
            }
        }

        if (seen == Liveness.Down && peer.IsUsed && !peer.IsMate)
        {
            // The one that serves is gone, and so may be the claim of the next one.
            _asksWhoServes = s_whoServesPauses.Length;
        }
    }

    private void TickPeers(long now)
    {
        long stall = _stall > Punctual ? _stall : 0;
        _stall = 0;
        if (now < _peersDue)
        {
            return;
        }

        _peersDue = ElectedRouter.Idle;
        SayWhetherLapsed(now);
        foreach (Peer peer in _peers)
        {
            if (peer.Bfd is { } session)
            {
                TickSession(peer, session, stall, now);
            }

            if (peer.IsMate)
            {
                TickHello(peer, now);
            }
        }

        TickWhoServes(now);
    }

    private void TickSession(Peer peer, BfdSession session, long stall, long now)
    {
        if (session.LastHeard < now - stall)
        {
            session.NoteStall(stall);
        }

        if (session.Tick(now))
        {
            NoteSession(peer, session, now);
        }
        else
        {
            NoteLiveness(peer, now);
        }

        if (session.TryTransmit(now, _chance.Next(), out BfdPacket packet) && Hosts.AddressOf(peer.Host) is not null)
        {
            _outbox.Bfd(peer.Host, in packet);
        }

        if (!peer.IsMate && !peer.IsUsed && session.State == BfdState.Down && now >= session.LastHeard + ElectionTimes.SessionForgets)
        {
            peer.Bfd = null;
            return;
        }

        _peersDue = Math.Min(_peersDue, session.NextDue);
        if (peer.IsMate && session.State != BfdState.Up)
        {
            _peersDue = Math.Min(_peersDue, peer.BfdSince + ElectionTimes.SessionGrace > now ? peer.BfdSince + ElectionTimes.SessionGrace : ElectedRouter.Idle);
            _peersDue = Math.Min(_peersDue, peer.HelloAt + ElectionTimes.HelloLasts > now ? peer.HelloAt + ElectionTimes.HelloLasts : ElectedRouter.Idle);
        }
    }

    /// <summary>Something changed that the other gateway nodes decide by.</summary>
    private void GreetSoon(long now)
    {
        foreach (Peer peer in _peers)
        {
            peer.HelloStep = 0;
            peer.NextHello = now;
        }

        _peersDue = now;
    }

    private void TickHello(Peer peer, long now)
    {
        if (Hosts.AddressOf(peer.Host) is null)
        {
            // Its row brings this up again; until then it must not be what the clock is watched for.
            return;
        }

        if (now >= peer.NextHello)
        {
            peer.NextHello = now + (peer.HelloStep < s_helloPauses.Length ? s_helloPauses[peer.HelloStep++] * Nanoseconds.PerMillisecond : ElectionTimes.Hello);
            MessageFlags flags = (_ready && !_leaving ? MessageFlags.Ready : 0) | (_saidLapsed ? MessageFlags.Lapsed : 0);
            _outbox.Whole(peer.Host, MessageKind.Hello, [], flags);
            foreach ((Guid network, NetworkHealth health) in _networks)
            {
                new HelloEntry(network, health.Link, health.Upstream).Write(_outbox.Entry(peer.Host, MessageKind.Hello, [], flags));
            }
        }

        _peersDue = Math.Min(_peersDue, peer.NextHello);
    }

    /// <summary>Serving routers under short leases, and not being able to: a standby need not wait for BFD to find out.</summary>
    private void SayWhetherLapsed(long now)
    {
        bool lapsed = _held[0] > 0 && _lease.Until(GatewayLease.Short) <= now;
        if (lapsed != _saidLapsed)
        {
            _saidLapsed = lapsed;
            GreetSoon(now);
        }

        _peersDue = _held[0] > 0 && !lapsed ? Math.Min(_peersDue, _lease.Until(GatewayLease.Short)) : _peersDue;
    }

    /// <summary>With nothing left to serve and nobody left to tell, the other ends of BFD are told that this one stops on purpose.</summary>
    private void SayGoodbye(long now)
    {
        if (!_leaving || HeldCount > 0 || _releases.Count > 0 || HasLeft)
        {
            return;
        }

        HasLeft = true;
        foreach (Peer peer in _peers)
        {
            if (peer.Bfd is { } session && Hosts.AddressOf(peer.Host) is not null)
            {
                session.SetEnabled(false, now);
                if (session.TryTransmit(now, 0, out BfdPacket packet))
                {
                    _outbox.Bfd(peer.Host, in packet);
                }
            }
        }
    }

    private void HandleHello(Peer peer, in MessageReader message, long now)
    {
        bool ready = (message.Header.Flags & MessageFlags.Ready) != 0;
        bool lapsed = (message.Header.Flags & MessageFlags.Lapsed) != 0;
        bool changed = ready != peer.IsReady || lapsed != peer.HasLapsed;
        peer.Greet(ready, lapsed, now);
        for (int i = 0; i < message.Count; i++)
        {
            changed |= peer.Put(HelloEntry.Read(message.Entry(i)));
        }

        NoteLiveness(peer, now);
        if (!changed)
        {
            return;
        }

        foreach (ElectedRouter router in _routers)
        {
            if ((router.IsListed || router.IsServed) && (router.Active == peer.Host || router.Lists(peer.Host)))
            {
                Mark(router);
            }
        }
    }

    /// <summary>Asks who serves, a few times: after the start, and when who served is gone.</summary>
    private void TickWhoServes(long now)
    {
        if (_asksWhoServes == 0)
        {
            return;
        }

        if (now >= _nextWhoServes)
        {
            _asksWhoServes--;
            _nextWhoServes = now + (s_whoServesPauses[_asksWhoServes] * Nanoseconds.PerMillisecond);
            foreach (Peer peer in _peers)
            {
                if (peer.Host != _self && Hosts.AddressOf(peer.Host) is not null && IsGatewayNode(peer.Host))
                {
                    _outbox.Whole(peer.Host, MessageKind.WhoServes, []);
                }
            }
        }

        _peersDue = _asksWhoServes > 0 ? Math.Min(_peersDue, _nextWhoServes) : _peersDue;
    }

    private bool IsGatewayNode(int host)
    {
        foreach (ElectedRouter router in _routers)
        {
            if (router.Lists(host))
            {
                return true;
            }
        }

        return false;
    }
}

using System.Runtime.InteropServices;
using Vicinal.Forwarding;
using Vicinal.Gateways.Leases;

namespace Vicinal.Gateways.Elections;

/// <summary>
/// Who serves each router's gateway, as one node takes part in agreeing on it: as witness, as holder, as standby and as one that follows.
/// A state machine of one thread; time is nanoseconds of the monotonic clock. Every input may cause effects, which the caller carries out.
/// The rules are in docs/gateways.md.
/// </summary>
public sealed partial class GatewayElection
{
    /// <summary>Claims of routers that no row names are kept up to here, so that a faulty node cannot fill the memory.</summary>
    private const int MostRouters = 1 << 18;

    /// <summary>Of answers to itself within one input; a takeover by the only witness needs four.</summary>
    private const int MostRounds = 32;

    private readonly GatewaySettings _settings;
    private readonly LeaseRules _rules;
    private readonly Outbox _outbox;
    private readonly Witness _witness;
    private readonly NodeLease _lease;
    private readonly Chance _chance;
    private readonly int _self;
    private readonly Dictionary<Guid, ElectedRouter> _byId = [];
    private readonly List<ElectedRouter> _routers = [];
    private readonly Dictionary<Guid, NetworkHealth> _networks = [];
    private readonly Damping _steadiness = new();

    private GatewayEffects _effects = new();
    private GatewayEffects _toSelf = new();
    private GatewayEffects _toSelfNext = new();
    private GatewayPolicyRow? _policy;
    private ElectionTimes _times;
    private bool _ready;
    private bool _leaving;
    private ulong _lastChange;
    private ulong _applied;
    private long _unappliedSince;
    private long _routersDue = ElectedRouter.Idle;
    private long _forgetDue;

    /// <summary>When the next input was due, and how late the latest of them since the last tick was.</summary>
    private long _promised;
    private long _stall;

    public GatewayElection(GatewaySettings settings, long now)
        : this(settings, now, LeaseRules.Sound)
    {
    }

    internal GatewayElection(GatewaySettings settings, long now, LeaseRules rules)
    {
        _settings = settings;
        _rules = rules;
        _chance = new Chance(settings.Seed);
        _lastDiscriminator = _chance.Next();
        _witness = new Witness(settings.Incarnation, rules, now);
        _lease = new NodeLease(rules);
        _draining = new Draining(_lease);
        _self = Hosts.Intern(settings.Host);
        _outbox = new Outbox(settings.Incarnation, _self);
        _promised = now;
        _ = PeerOf(_self);
    }

    public HostTable Hosts { get; } = new();

    /// <summary>The caller calls <see cref="Tick"/> no later than this.</summary>
    public long NextDue => Math.Min(
        Math.Min(Math.Min(_routersDue, _renewalsDue), Math.Min(_peersDue, _claimsDue)), Math.Min(_releasesDue, _forgetDue));

    /// <summary>Routers under a lease that this node serves, or would if its lease held.</summary>
    public int HeldCount => _held[0] + _held[1];

    /// <summary>The data path has applied its first full state and its heartbeat is fresh.</summary>
    public void SetReady(bool ready, long now, GatewayEffects effects)
    {
        Begin(effects, now);
        if (ready != _ready)
        {
            _ready = ready;
            HealthChanged(now);
        }

        Settle(now);
    }

    /// <summary>An external network on this node: its NIC has a carrier, and its next hop answers. One that was never named has no link.</summary>
    public void SetHealth(Guid networkId, bool link, UpstreamState upstream, long now, GatewayEffects effects)
    {
        Begin(effects, now);
        ref NetworkHealth? health = ref CollectionsMarshal.GetValueRefOrAddDefault(_networks, networkId, out _);
        health ??= new NetworkHealth();
        if (health.Link != link || health.Upstream != upstream)
        {
            health.Link = link;
            health.Upstream = upstream;
            HealthChanged(now);
        }

        Settle(now);
    }

    /// <summary>After <see cref="Leave"/>: nothing is served here under a lease any more, all who have to know have heard, and BFD has said goodbye.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>The process is about to end: hands over what it serves, as far as somebody can take it, until <see cref="HasLeft"/>.</summary>
    public void Leave(long now, GatewayEffects effects)
    {
        Begin(effects, now);
        _leaving = true;
        HealthChanged(now);
        Settle(now);
    }

    /// <summary>The connections of the router that the active node replicates are here in full, or no longer.</summary>
    public void SetReplicated(Guid routerId, string active, bool inFull, long now, GatewayEffects effects)
    {
        Begin(effects, now);
        if (_byId.TryGetValue(routerId, out ElectedRouter? router))
        {
            int host = Hosts.Intern(active);
            router.ReplicatedFrom = inFull ? host : router.ReplicatedFrom == host ? -1 : router.ReplicatedFrom;
            Mark(router);
        }

        Settle(now);
    }

    /// <summary>
    /// The data path goes by the change with this number and all before it (<see cref="ActiveChange.Number"/>). Until then nobody is told that this node
    /// has stopped; when it takes too long, the lease is not renewed.
    /// </summary>
    public void Applied(ulong number, long now, GatewayEffects effects)
    {
        Begin(effects, now);
        _applied = Math.Max(_applied, Math.Min(number, _lastChange));
        _draining.Applied(_applied);
        _unappliedSince = now;
        _releasesDue = now;
        _renewalsDue = Math.Min(_renewalsDue, HasUntoldSeat() ? now : _renewalsDue);
        Settle(now);
    }

    /// <summary>Everything that time brings about. The caller drains its sockets first.</summary>
    /// <remarks>A tick that comes late is a stall of this node's own, and no peer is declared down for it.</remarks>
    public void Tick(long now, GatewayEffects effects)
    {
        Begin(effects, now);
        TickPeers(now);
        RunRouters(now);
        GiveUpContested(now);
        TickRenewals(now);
        TickReleases(now);
        TickClaims(now);
        if (now >= _forgetDue)
        {
            _witness.Forget(now);
            _forgetDue = now + (60 * Nanoseconds.PerSecond);
        }

        Settle(now);
    }

    private void Begin(GatewayEffects effects, long now)
    {
        _stall = Math.Max(_stall, now - _promised);
        _effects = effects;
        _outbox.Begin(effects, _toSelf);
    }

    /// <summary>Runs what the input caused here: messages of this node to itself as its own witness, and routers that have to be looked at.</summary>
    private void Settle(long now)
    {
        // Bounded: were two rules ever at odds over a router, the thread must not turn in here for good. The next tick goes on.
        int rounds = 0;
        do
        {
            RunRouters(now);
            while (_toSelf.MessageCount > 0 && rounds++ < MostRounds)
            {
                (_toSelf, _toSelfNext) = (_toSelfNext, _toSelf);
                _outbox.Begin(_effects, _toSelf);
                for (int i = 0; i < _toSelfNext.MessageCount; i++)
                {
                    Handle(_self, _toSelfNext.Message(i).Bytes, now);
                }

                _toSelfNext.Clear();
            }
        }
        while (_routersDue <= now && rounds++ < MostRounds);

        if (_peersChanged)
        {
            _peersChanged = false;
            RefreshPeers(now);
        }

        SayGoodbye(now);
        ShowLease();
        _promised = Math.Max(now, NextDue);
    }

    /// <summary>The router is looked at before the input is over.</summary>
    private void Mark(ElectedRouter router) => Schedule(router, long.MinValue);

    private void MarkAll()
    {
        foreach (ElectedRouter router in _routers)
        {
            Mark(router);
        }
    }

    private void Schedule(ElectedRouter router, long due)
    {
        router.Due = Math.Min(router.Due, due);
        _routersDue = Math.Min(_routersDue, due);
    }

    private void RunRouters(long now)
    {
        for (int pass = 0; pass < 4 && _routersDue <= now; pass++)
        {
            _routersDue = ElectedRouter.Idle;
            for (int i = 0; i < _routers.Count; i++)
            {
                ElectedRouter router = _routers[i];
                if (router.Due <= now)
                {
                    router.Due = ElectedRouter.Idle;
                    Look(router, now);
                }

                _routersDue = Math.Min(_routersDue, router.Due);
            }
        }
    }

    /// <summary>Decides what this node does about a router now, and when it looks again.</summary>
    private void Look(ElectedRouter router, long now)
    {
        if (router.ServesByRow && router.Lease != GatewayLease.None)
        {
            // From here on its lease decides, which does not hold until witnesses grant it.
            StopServingByRow(router);
        }

        if (GoesByRow(router))
        {
            FollowRow(router, now);
            return;
        }

        switch (router.Role)
        {
            case GatewayRole.Taking:
                GoOnTaking(router, now);
                break;
            case GatewayRole.Active:
            case GatewayRole.HandingOver:
                LookAsActive(router, now);
                break;
            default:
                LookAsStandby(router, now);
                break;
        }
    }

    private ElectedRouter RouterOf(Guid id)
    {
        ref ElectedRouter? router = ref CollectionsMarshal.GetValueRefOrAddDefault(_byId, id, out _);
        if (router is null)
        {
            router = new ElectedRouter(id);
            _routers.Add(router);
        }

        return router;
    }
}

using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Fragments;
using Vicinal.Datapath.Nat;
using Vicinal.Datapath.Neighbors;
using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>
/// The data path of one node: forwarding state, connections, flow cache and the pipeline over them. All members are called
/// on one thread, the data-path thread; time is a monotonic count of milliseconds that the caller reads. It does no I/O.
/// </summary>
public sealed partial class Node
{
    private readonly NodeSettings _settings;
    private readonly IPacketOutput _output;
    private readonly GivenAnswers? _answers;
    private readonly Generations _generations;
    private readonly NodeState _state;
    private readonly ConnectionTracker _connections;
    private readonly FlowCache _flows;
    private readonly FragmentTracker _fragments;
    private readonly NeighborTable _neighbors;
    private readonly SourceNatAllocator _sourceNat;
    private readonly DecisionBudgets _budgets;
    private readonly Announcer _announcer;
    private readonly PacketEmitter _emitter;
    private readonly Walk _walk;
    private readonly Walk _answerWalk;
    private readonly Walk _replyWalk;
    private readonly bool _hasMirror;
    private readonly PacketBuffer _probe = new(PacketBuffer.Headroom + 2048);

    /// <param name="mirror">Where cached flows are replayed too; null for nowhere else.</param>
    /// <param name="firstGenerationSlot">As <see cref="Generations"/> says.</param>
    /// <param name="journal">Where connections are written down for the next process; null for nowhere.</param>
    /// <param name="replicas">Where connections of routers with standbys go that this node serves; null for nowhere.</param>
    public Node(
        NodeSettings settings,
        IPacketOutput output,
        IFlowMirror? mirror = null,
        uint firstGenerationSlot = 0,
        IConnectionJournal? journal = null,
        IConnectionReplicas? replicas = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(output);
        _settings = settings;
        _output = output;
        _generations = new Generations(firstSlot: firstGenerationSlot, mirror: mirror);
        _hasMirror = mirror is not null;
        _answers = mirror is null ? null : new GivenAnswers(mirror, _generations);
        _rowsSlot = _generations.Allocate();
        _zoneWatch = new ZoneWatch(_generations);
        _state = new NodeState(settings, _generations);
        PacketPool pool = new();
        _connections = new ConnectionTracker(settings.Limits.Connections, settings.HashSeed, journal, _state.Changes.Zones, replicas);
        _flows = new FlowCache(settings.Limits.Flows, _generations, _connections, settings.HashSeed, mirror, settings.GatewayLease);
        _fragments = new FragmentTracker(settings.Limits.Fragments, pool);
        _neighbors = new NeighborTable(settings.Limits.Neighbors, _generations, pool);
        _sourceNat = new SourceNatAllocator(_connections, settings.HashSeed);
        _budgets = new DecisionBudgets(settings.Limits);
        _announcer = new Announcer(settings);
        _advertiser = new Advertiser(_state.Ports);
        _hash = new KeyedHash(settings.HashSeed ^ 0x5656);
        _emitter = new PacketEmitter(_hash);
        _walk = new Walk(NewContext());
        _answerWalk = new Walk(NewContext());
        _replyWalk = new Walk(_answerWalk.Context);
    }

    public NodeCounters Counters { get; } = new();

    /// <summary>Raised on the data-path thread after a change to <see cref="Peers"/>.</summary>
    public event Action? PeersChanged;

    /// <summary>Raised on the data-path thread after a change to <see cref="Owned"/>.</summary>
    public event Action? OwnedChanged;

    /// <summary>The MACs that the host's own stack must not hear frames for.</summary>
    public IReadOnlyCollection<OwnedAddress> Owned { get; private set; } = [];

    /// <summary>Puts and removes rows; their order does not matter, and rows may refer to others that come later.</summary>
    public void Apply(ReadOnlySpan<RowChange> changes, long now)
    {
        _state.Apply(changes, now);
        Settle(now);
    }

    /// <summary>What a change of rows or roles means for connections, neighbours, announcements and those who listen.</summary>
    private void Settle(long now)
    {
        _known.Clear();
        ForgetDrops();
        StateChanges effects = _state.Changes;
        foreach (uint zone in effects.DeadZones)
        {
            _connections.RemoveZone(zone);
            _zoneWatch.Forget(zone);
        }

        foreach ((uint zone, ZoneRole role) in effects.Roles)
        {
            _connections.SetRole(zone, role, now);
        }

        foreach (uint segment in effects.DeadSegments)
        {
            _neighbors.RemoveSegment(segment);
        }

        foreach (ProviderOwner owner in effects.Lost)
        {
            _announcer.Stop(owner);
        }

        // What one row gave, a later one of the same batch may have taken.
        foreach (ProviderOwner owner in effects.Gained.Where(static owner => owner.IsHere))
        {
            _announcer.Start(owner, now);
        }

        SettleAdvertisements(now);
        bool owned = effects.Owned;
        bool peers = effects.Peers;
        effects.Clear();
        if (owned)
        {
            PublishOwned();
        }

        if (peers)
        {
            PeersChanged?.Invoke();
        }

        Announce(now);
        SettleNeighbors(now);
    }

    /// <summary>The tap of a local port is there; its row may come later.</summary>
    /// <param name="device">Its interface index: not negative, one port's at a time.</param>
    public void AttachPort(Guid portId, int device)
    {
        _state.Ports.Attach(portId, device);
        ForgetDrops();
    }

    public void DetachPort(Guid portId)
    {
        _state.Ports.Detach(portId);
        ForgetDrops();
    }

    /// <summary>Runs the timers that are due: expiry, neighbour retransmits, announcements. Call it every 10 to 100 ms.</summary>
    public void Tick(long now)
    {
        const int Connections = 4096;

        // A round over a full cache takes seconds, which is soon enough for what nobody used for a minute, and little of the processor's caches.
        const int Flows = 1024;
        _connections.Expire(now, Connections);
        _flows.Sweep(now, Flows);
        for (int expired = _fragments.Expire(now); expired > 0; expired--)
        {
            Counters.CountDrop(DropReason.FragmentTimeout);
        }

        if (_state.Routers.EndLingering(now))
        {
            Settle(now);
        }

        WatchUpstreams(now);
        Announce(now);
        Advertise(now);
        SettleNeighbors(now);
        KeepAnswersTrue(now);
    }

    private WalkContext NewContext() => new()
    {
        Settings = _settings,
        State = _state,
        Generations = _generations,
        Connections = _connections,
        SourceNat = _sourceNat,
        Neighbors = _neighbors,
    };

    private void PublishOwned()
    {
        List<OwnedAddress> owned = [];
        foreach (Segment segment in _state.Segments.OnPhysical)
        {
            ushort vlan = segment.Row!.VlanId;
            owned.AddRange(segment.OwnersByMac.Holders.Select(o => new OwnedAddress(segment.Physical, vlan, o.Mac, o.Origin)));
            owned.AddRange(segment.Lingering.Values.Select(o => new OwnedAddress(segment.Physical, vlan, o.Mac, o.Origin)));
            owned.AddRange(segment.LocalPorts.SelectMany(
                p => p.PairMacs().Append(p.Row!.Mac).Select(m => new OwnedAddress(segment.Physical, vlan, m, p.Origin))));
        }

        Owned = owned;
        OwnedChanged?.Invoke();
    }
}

using Vicinal.Forwarding;
using Vicinal.Gateways.Elections;
using Vicinal.Gateways.Leases;

namespace Vicinal.Gateways.Tests.Simulation;

/// <summary>
/// A node: its process with the election, which may be frozen or gone, and its data path, which goes on by deadlines without the
/// process, and which follows the election with a delay.
/// </summary>
internal sealed class SimNode(SimWorld world, int index, SimClock clock)
{
    private readonly GatewayEffects _effects = new();
    private readonly Queue<(int From, byte[] Bytes, bool Bfd)> _socket = [];
    private readonly HashSet<Guid> _serves = [];
    private readonly Dictionary<Guid, GatewayLease> _leases = [];
    private readonly List<DataPathRest> _rests = [];
    private long _shortUntil;
    private long _longUntil;
    private long _dataPathBusyUntil;
    private long _wakes = long.MaxValue;

    public int Index { get; } = index;

    public SimClock Clock { get; } = clock;

    public GatewayElection? Election { get; private set; }

    public bool IsFrozen { get; private set; }

    /// <summary>Counts the starts of the process: what was planned for an earlier one is void.</summary>
    public int Life { get; private set; }

    public bool IsReady { get; set; } = true;

    public bool HasLink { get; set; } = true;

    public UpstreamState Upstream { get; set; } = UpstreamState.Answers;

    /// <summary>Who serves each router, as this node was told.</summary>
    public Dictionary<Guid, string?> Follows { get; } = [];

    public bool IsUp => Election is not null && !IsFrozen;

    private long Now => Clock.At(world.Time);

    public void Start(LeaseRules rules)
    {
        Life++;
        IsFrozen = false;
        Election = new GatewayElection(new GatewaySettings(SimWorld.NameOf(Index), (ulong)(1000 + Life), world.Random.Next()), Now, rules);
        Follows.Clear();
        ApplyRows([.. world.RowsFor(Index)]);
        Run(e => e.SetHealth(SimWorld.External, HasLink, Upstream, Now, _effects));
        Run(e => e.SetReady(IsReady, Now, _effects));
    }

    /// <summary>The process ends without a word. Its data path goes on up to its deadlines, or stops with the whole node.</summary>
    public void Crash(bool dataPathToo)
    {
        if (!dataPathToo)
        {
            _rests.Add(new DataPathRest(_serves.ToDictionary(router => router, router => _leases[router]), _shortUntil, _longUntil));
        }
        else
        {
            _rests.Clear();
        }

        Life++;
        Election = null;
        IsFrozen = false;
        _socket.Clear();
        _serves.Clear();
        _shortUntil = 0;
        _longUntil = 0;
        _wakes = long.MaxValue;
    }

    /// <summary>The process stands still; what arrives waits in its sockets, as far as they hold it.</summary>
    public void Freeze() => IsFrozen = Election is not null;

    public void Thaw()
    {
        if (!IsFrozen)
        {
            return;
        }

        IsFrozen = false;

        // All that waits is heard before anything is said, as by a thread that drains its sockets.
        Run(_ =>
        {
            while (_socket.TryDequeue(out (int From, byte[] Bytes, bool Bfd) datagram))
            {
                Hear(datagram.From, datagram.Bytes, datagram.Bfd);
            }
        });
        Wake();
    }

    public void Arrive(int from, byte[] bytes, bool bfd)
    {
        if (Election is null)
        {
            return;
        }

        if (!IsFrozen)
        {
            Run(_ => Hear(from, bytes, bfd));
        }
        else if (_socket.Count < 2000)
        {
            _socket.Enqueue((from, bytes, bfd));
        }
    }

    public void Wake()
    {
        _wakes = long.MaxValue;
        if (IsUp)
        {
            Run(e => e.Tick(Now, _effects));
        }
    }

    public void ApplyRows(RowChange[] rows)
    {
        foreach (RowChange change in rows)
        {
            if (change.Row is RouterRow row)
            {
                _leases[row.RouterId] = row.Lease;
            }
        }

        Run(e => e.Apply(rows, Now, _effects));
    }

    public void ShowHealth()
    {
        Run(e => e.SetHealth(SimWorld.External, HasLink, Upstream, Now, _effects));
        Run(e => e.SetReady(IsReady, Now, _effects));
    }

    public void Leave() => Run(e => e.Leave(Now, _effects));

    /// <summary>Whether a packet for the router that came in now would be answered here, by the data path's own look at the clock.</summary>
    public bool Serves(Guid router) =>
        (_serves.Contains(router) && Holds(_leases[router], _shortUntil, _longUntil)) || _rests.Exists(rest => RestServes(rest, router));

    /// <summary>Entries without a deadline are swept by the next process, which a test does not wait for.</summary>
    private bool RestServes(DataPathRest rest, Guid router) =>
        rest.Serves.TryGetValue(router, out GatewayLease lease) && lease != GatewayLease.None && Holds(lease, rest.ShortUntil, rest.LongUntil);

    public GatewayView? View(Guid router)
    {
        List<GatewayView> views = [];
        Election?.CopyViews(views);
        return views.Find(view => view.RouterId == router);
    }

    private bool Holds(GatewayLease lease, long shortUntil, long longUntil) =>
        lease == GatewayLease.None || Now < (lease == GatewayLease.Short ? shortUntil : longUntil);

    private void Hear(int from, byte[] bytes, bool bfd)
    {
        if (!Election!.Hosts.TryFind(SimWorld.AddressOf(from), out int host))
        {
            return;
        }

        if (bfd)
        {
            Election.ReceiveBfd(host, bytes, Now, _effects);
        }
        else
        {
            Election.Receive(host, bytes, Now, _effects);
        }
    }

    /// <summary>Gives the election an input and carries out what follows from it.</summary>
    private void Run(Action<GatewayElection> input)
    {
        if (Election is null)
        {
            return;
        }

        input(Election);
        if (_effects.LeaseMoved)
        {
            _shortUntil = _effects.ShortUntil;
            _longUntil = _effects.LongUntil;
        }

        CarryOutChanges();
        for (int i = 0; i < _effects.MessageCount; i++)
        {
            OutgoingMessage message = _effects.Message(i);
            int to = SimWorld.IndexOf(Election.Hosts.NameOf(message.Host));
            world.Send(Index, to, message.Bytes.ToArray(), message.IsBfd);
        }

        List<FlushRequest> flushes = [.. _effects.Flushes];
        _effects.Clear();
        foreach (FlushRequest flush in flushes)
        {
            int life = Life;
            world.After(300_000, () => IfAlive(life, () => Run(e => e.ConnectionsFlushed(flush.RouterId, flush.Standby, Now, _effects))));
        }

        PlanWake();
        world.Check(this);
    }

    /// <summary>The data path follows after a moment, and sometimes after a long one.</summary>
    private void CarryOutChanges()
    {
        if (_effects.Actives.Count == 0)
        {
            return;
        }

        ActiveChange[] changes = [.. _effects.Actives];
        int life = Life;
        long delay = world.DataPathDelay();
        _dataPathBusyUntil = Math.Max(_dataPathBusyUntil, world.Time + delay);
        world.At(_dataPathBusyUntil, () =>
        {
            if (Life != life)
            {
                return;
            }

            foreach (ActiveChange change in changes)
            {
                Go(change);
            }

            world.Check(this);
            IfAlive(life, () => Run(e => e.Applied(changes[^1].Number, Now, _effects)));
        });
    }

    private void Go(ActiveChange change)
    {
        Follows[change.RouterId] = change.Host;
        if (change.Here)
        {
            _serves.Add(change.RouterId);
        }
        else
        {
            _serves.Remove(change.RouterId);
        }

        // Replication is not what is tested here: the connections of whoever is active are there after a moment.
        if (change.Host is { } active && !change.Here && !world.Withheld.Contains(Index))
        {
            int life = Life;
            world.After(2_000_000, () => IfAlive(life, () => Run(e => e.SetReplicated(change.RouterId, active, true, Now, _effects))));
        }
    }

    /// <summary>What another thread of the process would do waits while the process is frozen.</summary>
    private void IfAlive(int life, Action action)
    {
        if (Life != life || Election is null)
        {
            return;
        }

        if (IsFrozen)
        {
            world.After(1_000_000, () => IfAlive(life, action));
            return;
        }

        action();
    }

    private void PlanWake()
    {
        if (Election is null || Election.NextDue == long.MaxValue)
        {
            return;
        }

        long at = Math.Max(world.Time + world.WakeDelay(), Clock.TimeOf(Math.Max(Election.NextDue, Clock.Offset)));
        if (at < _wakes)
        {
            _wakes = at;
            int life = Life;
            world.At(at, () =>
            {
                if (Life == life && _wakes == at)
                {
                    Wake();
                }
            });
        }
    }

    /// <summary>What a process that is gone left in the kernel.</summary>
    private sealed record DataPathRest(Dictionary<Guid, GatewayLease> Serves, long ShortUntil, long LongUntil);
}

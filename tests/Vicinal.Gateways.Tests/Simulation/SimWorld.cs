using System.Globalization;
using Vicinal.Forwarding;
using Vicinal.Gateways.Leases;
using Vicinal.Gateways.Messages;
using Vicinal.Packets;

namespace Vicinal.Gateways.Tests.Simulation;

/// <summary>Two nodes would have answered for one router at one instant.</summary>
internal sealed class SplitException(string message) : Exception(message);

/// <summary>
/// A cloud of nodes in one thread, in discrete events of true time, which no node sees. After every event it is checked that no two nodes serve one router.
/// </summary>
internal sealed class SimWorld
{
    public const long Millisecond = 1_000_000;
    public const long Second = 1000 * Millisecond;

    public static readonly Guid External = new("eeeeeeee-0000-0000-0000-000000000001");

    private readonly PriorityQueue<Action, (long Time, long Number)> _events = new();
    private readonly List<string> _story = [];
    private readonly LeaseRules _rules;
    private long _number;

    public SimWorld(int seed, int nodes, LeaseRules? rules = null)
    {
        Random = new Random(seed);
        _rules = rules ?? LeaseRules.Sound;
        Links = new SimLinks(nodes, Random);
        Nodes = [.. Enumerable.Range(0, nodes).Select(i =>
            new SimNode(this, i, new SimClock(Random.NextInt64(1000 * Second), Random.Next(-500, 501))))];
        Policy = new GatewayPolicyRow([.. Nodes.Take(3).Select(n => NameOf(n.Index))], 1, 10, 3, 40, 1, Preempt: true);
    }

    public Random Random { get; }

    public long Time { get; private set; }

    public SimLinks Links { get; }

    public IReadOnlyList<SimNode> Nodes { get; }

    public List<SimRouter> Routers { get; } = [];

    /// <summary>The first so many nodes may be gateway nodes.</summary>
    public int Gateways { get; set; } = 3;

    public GatewayPolicyRow Policy { get; set; }

    /// <summary>Two nodes that serve one router do not end the run.</summary>
    public bool AllowsTwo { get; set; }

    public bool HasPolicy { get; set; } = true;

    /// <summary>Nodes that have no rows of routers.</summary>
    public HashSet<int> Unaware { get; } = [];

    /// <summary>How many were sent.</summary>
    public int Datagrams { get; private set; }

    /// <summary>In bytes.</summary>
    public int LargestDatagram { get; private set; }

    /// <summary>Nodes to which no connections are replicated.</summary>
    public HashSet<int> Withheld { get; } = [];

    /// <summary>The data path's delays stay short.</summary>
    public bool IsCalm { get; set; } = true;

    /// <summary>The story has every datagram.</summary>
    public bool Tell { get; set; }

    public string Story => string.Join('\n', _story.TakeLast(60));

    public static string NameOf(int node) => string.Create(CultureInfo.InvariantCulture, $"n{node}");

    public static int IndexOf(string name) => int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture);

    public static IpAddress AddressOf(int node) => IpAddress.FromIpv4(0x0A00_0001 + (uint)node);

    public SimRouter AddRouter(params int[] nodes)
    {
        SimRouter router = new(new Guid(0x5000 + Routers.Count, 0, 0, new byte[8]));
        router.Nodes.AddRange(nodes);
        Routers.Add(router);
        return router;
    }

    public void StartAll()
    {
        foreach (SimNode node in Nodes)
        {
            Start(node);
        }
    }

    public void Start(SimNode node) => node.Start(_rules);

    public IEnumerable<RowChange> RowsFor(int node)
    {
        foreach (SimNode other in Nodes)
        {
            NodeRow row = new(new Guid(0x7000 + other.Index, 0, 0, new byte[8]), NameOf(other.Index), AddressOf(other.Index));
            yield return new RowChange(row.Unit, row.Key, row);
        }

        if (HasPolicy)
        {
            yield return new RowChange(Policy.Unit, Policy.Key, Policy);
        }

        foreach (SimRouter router in Unaware.Contains(node) ? [] : Routers)
        {
            foreach (RowChange change in RowsOf(router))
            {
                yield return change;
            }
        }
    }

    public static IEnumerable<RowChange> RowsOf(SimRouter router)
    {
        RouterRow row = router.Row();
        yield return new RowChange(row.Unit, row.Key, row);
        ExternalGatewayRow gateway = new(router.Id, router.Id, External, default, [], [], true);
        yield return new RowChange(gateway.Unit, gateway.Key, gateway);
    }

    public void WithholdReplicas(int node) => Withheld.Add(node);

    public long DataPathDelay() => IsCalm ? 50_000 + Random.NextInt64(100_000) : Random.NextInt64(Random.Next(20) == 0 ? 40 * Millisecond : Millisecond);

    public long WakeDelay() => IsCalm ? 10_000 : Random.NextInt64(Random.Next(50) == 0 ? 5 * Millisecond : 100_000);

    public void Note(string what) => _story.Add(string.Create(CultureInfo.InvariantCulture, $"{Time / 1e6,10:f3} ms  {what}"));

    public void At(long time, Action action) => _events.Enqueue(action, (Math.Max(time, Time), _number++));

    public void After(long delay, Action action) => At(Time + delay, action);

    public void Send(int from, int to, byte[] bytes, bool bfd)
    {
        Datagrams++;
        LargestDatagram = Math.Max(LargestDatagram, bytes.Length);
        for (int copies = Links.Repeats() ? 2 : 1; copies > 0; copies--)
        {
            if (Links.Passes(from, to))
            {
                if (Tell)
                {
                    Note($"{NameOf(from)} -> {NameOf(to)} {(bfd ? "BFD" : (MessageKind)bytes[1])}");
                }

                After(Links.NextDelay(), () => Nodes[to].Arrive(from, bytes, bfd));
            }
        }
    }

    public void Run(long duration)
    {
        long end = Time + duration;
        while (_events.TryPeek(out _, out (long Time, long Number) next) && next.Time <= end)
        {
            Time = next.Time;
            _events.Dequeue()();
        }

        Time = end;
    }

    /// <summary>Runs until it holds; false when the time is over.</summary>
    public bool RunUntil(Func<bool> holds, long duration)
    {
        long end = Time + duration;
        while (!holds())
        {
            if (!_events.TryPeek(out _, out (long Time, long Number) next) || next.Time > end)
            {
                return false;
            }

            Time = next.Time;
            _events.Dequeue()();
        }

        return true;
    }

    /// <summary>Runs, and returns for how long in all nobody served the router.</summary>
    public long RunAndCountGap(SimRouter router, long duration)
    {
        const long step = 50_000;
        long gap = 0;
        for (long end = Time + duration; Time < end;)
        {
            Run(step);
            gap += ServerOf(router) < 0 ? step : 0;
        }

        return gap;
    }

    /// <summary>Every node that is up hears of all rows after a moment.</summary>
    public void TellRows(long mostDelay = Millisecond)
    {
        foreach (SimNode node in Nodes)
        {
            After(Random.NextInt64(mostDelay), () => node.ApplyRows([.. RowsFor(node.Index)]));
        }
    }

    public int ServerOf(SimRouter router)
    {
        for (int i = 0; i < Nodes.Count; i++)
        {
            if (Nodes[i].Serves(router.Id))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Who serves and follows what, for who reads of a failure.</summary>
    public string Describe() => string.Join('\n', Routers.SelectMany(router => Nodes.Select(node =>
        $"{router.Id.ToString()[..8]} nodes {string.Join(",", router.Nodes)} at {NameOf(node.Index)}: follows {node.Follows.GetValueOrDefault(router.Id)} "
        + $"{(node.Serves(router.Id) ? "serves " : "")}{(node.IsUp ? "" : "away ")}{node.View(router.Id)}")));

    /// <summary>Only an event at a node lets it begin to serve, so looking at that node then is looking at every instant.</summary>
    public void Check(SimNode node)
    {
        foreach (SimRouter router in Routers)
        {
            if (!node.Serves(router.Id))
            {
                continue;
            }

            router.ServedAt = Time;
            if (router.Server != node.Index)
            {
                Note($"{NameOf(node.Index)} serves {router.Id.ToString()[..8]}, before: {router.Server}");
                router.Server = node.Index;
                router.Moves++;
            }

            foreach (SimNode other in Nodes)
            {
                if (other != node && other.Serves(router.Id) && !AllowsTwo)
                {
                    throw new SplitException($"{NameOf(node.Index)} and {NameOf(other.Index)} both serve {router.Id} at {Time / 1e6:f3} ms\n{Story}");
                }
            }
        }
    }
}

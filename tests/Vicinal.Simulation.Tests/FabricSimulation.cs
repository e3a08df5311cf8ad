using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Model.Resources;
using Vicinal.Packets;
using Vicinal.Simulation.Tests.Cloud;
using Vicinal.Simulation.Tests.Fabric;

namespace Vicinal.Simulation.Tests;

/// <summary>One run: chaos, peace, questions, again and again. The seed decides everything.</summary>
internal sealed class FabricSimulation
{
    private readonly Random _random;
    private readonly SimulatedCloud _cloud;
    private readonly List<LongFlow> _flows = [];
    private readonly bool _duplicates;
    private uint _lastProbe;
    private ushort _lastId;

    public FabricSimulation(int seed)
    {
        _random = new Random(seed);
        _cloud = new SimulatedCloud(_random);
        _duplicates = _random.Next(2) == 0;
    }

    /// <summary>Probes that had to arrive and did, and such that had to be stopped and were: a run without either proves little.</summary>
    public (int Reached, int Stopped) Asked { get; private set; }

    public string Story => string.Join(", ", _cloud.Edits.Log.TakeLast(40));

    public void Round()
    {
        Chaos();
        _cloud.Settle();
        ReachabilityOracle oracle = new(_cloud.Topology);
        FloatingIpsHaveOneOwner(oracle);
        LongFlowsAreJudgedAnew(oracle);
        EveryPairIsAsTheBookSays(oracle);
    }

    private void Chaos()
    {
        _cloud.Edits.Log.Add("|");
        _cloud.Network.Faults = new Faults(_random.Next(20), _duplicates ? _random.Next(20) : 0, _random.Next(60));
        for (int step = _random.Next(5, 25); step > 0; step--)
        {
            if (_random.Next(3) > 0)
            {
                _cloud.Edits.Next();
                _cloud.Publish();
            }

            if (_random.Next(12) == 0)
            {
                SimulatedNode node = _cloud.Network.Nodes[_random.Next(_cloud.Network.Nodes.Count)];
                _cloud.Edits.Log.Add($"restart {node.Host}");
                _cloud.Restart(node);
            }

            for (int i = 0; i < 4; i++)
            {
                Talk();
            }

            _cloud.Network.Advance(_random.Next(1, 60));
        }

        NothingArrivedTwice();
    }

    /// <summary>Long flows begin before things change and go on while they do, so that what was remembered is put to the test.</summary>
    private void Talk()
    {
        Port[] ports = [.. _cloud.Instances];
        if (_flows.Count < 30)
        {
            ushort port = (ushort)(20_000 + _lastId++);
            FloatingIp[] floating = [.. _cloud.Topology.FloatingIps.Values.OrderBy(static f => f.Id)];
            Guid from = _random.Next(5) == 0 && floating.Length > 0 ? Guid.Empty : ports[_random.Next(ports.Length)].Id;
            bool outside = from == Guid.Empty || (_random.Next(4) == 0 && floating.Length > 0);
            _flows.Add(outside
                ? new LongFlow(from, null, floating[_random.Next(floating.Length)].Id, port)
                : new LongFlow(from, _random.Next(5) == 0 ? Guid.Empty : ports[_random.Next(ports.Length)].Id, null, port));
        }

        LongFlow flow = _flows[_random.Next(_flows.Count)];
        if (EndsOf(flow) is { } ends)
        {
            Send(ends.From, ends.To, flow.SourcePort);
        }
        else
        {
            _flows.Remove(flow);
        }
    }

    /// <summary>
    /// While a floating IP moves, its old owner and its new one both take what comes by them, and the switch sends it to one of them; that
    /// one receiver gets it twice is never right.
    /// </summary>
    private void NothingArrivedTwice()
    {
        if (!_duplicates)
        {
            _cloud.Arrivals.Where(arrival => arrival.Value.Select(seen => seen.Port).Distinct().Count() < arrival.Value.Count)
                .Select(arrival => $"probe {arrival.Key}: {string.Join(", ", arrival.Value)}")
                .ShouldBeEmpty("nothing doubles packets here");
        }
    }

    private void FloatingIpsHaveOneOwner(ReachabilityOracle oracle)
    {
        foreach (FloatingIp floatingIp in _cloud.Topology.FloatingIps.Values)
        {
            MacAddress mac = _cloud.Topology.Ports[floatingIp.FloatingPortId].MacAddress;
            string[] owners = [.. _cloud.Network.Nodes.Where(node => node.Node.Owned.Any(owned => owned.Mac == mac)).Select(node => node.Host)];
            owners.Length.ShouldBeLessThanOrEqualTo(1, $"{floatingIp.FloatingIpAddress} is owned by {string.Join(" and ", owners)}");
            _cloud.ArpAnswers.Clear();
            _cloud.Internet.SendRaw(PacketBuilder.ArpRequest(_cloud.Internet.Mac, IpAddress.Parse("203.0.113.1"), floatingIp.FloatingIpAddress));
            _cloud.Network.Advance(100);
            int answers = _cloud.ArpAnswers.Count(answer => answer.Address == floatingIp.FloatingIpAddress);
            answers.ShouldBe(oracle.IsOwned(floatingIp) ? 1 : 0, $"answers for {floatingIp.FloatingIpAddress}, owned by {string.Join(" and ", owners)}");
        }
    }

    private void LongFlowsAreJudgedAnew(ReachabilityOracle oracle)
    {
        foreach (LongFlow flow in _flows)
        {
            if (EndsOf(flow) is { } ends)
            {
                Guid from = flow.From;
                Expect(
                    $"long flow {flow}", () => Send(ends.From, ends.To, flow.SourcePort),
                    Judge(oracle, from == Guid.Empty ? null : _cloud.Topology.Ports[from], flow.To is { } to && to != Guid.Empty ? _cloud.Topology.Ports[to] : null,
                        flow.FloatingIp is { } id ? _cloud.Topology.FloatingIps[id] : null));
            }
        }
    }

    private void EveryPairIsAsTheBookSays(ReachabilityOracle oracle)
    {
        Port[] ports = [.. _cloud.Instances];
        foreach (Port from in ports)
        {
            foreach (Port to in ports.Where(to => to != from))
            {
                IpAddress address = ReachabilityOracle.AddressOf(to);
                Expect($"{Describe(from)} -> {Describe(to)}", () => Ping(_cloud.GuestOf(from), address), Judge(oracle, from, to, null), () => _cloud.Explain(from, address));
            }

            foreach (FloatingIp floatingIp in _cloud.Topology.FloatingIps.Values)
            {
                Expect($"{Describe(from)} -> {floatingIp.FloatingIpAddress}", () => Ping(_cloud.GuestOf(from), floatingIp.FloatingIpAddress), Judge(oracle, from, null, floatingIp));
            }

            Expect($"{Describe(from)} -> internet", () => Ping(_cloud.GuestOf(from), _cloud.InternetAddress), Judge(oracle, from, null, null));
        }

        foreach (FloatingIp floatingIp in _cloud.Topology.FloatingIps.Values)
        {
            Expect($"internet -> {floatingIp.FloatingIpAddress}", () => Ping(_cloud.Internet, floatingIp.FloatingIpAddress), Judge(oracle, null, null, floatingIp));
        }
    }

    private Verdict Judge(ReachabilityOracle oracle, Port? from, Port? to, FloatingIp? floatingIp)
    {
        if (from is null)
        {
            return oracle.FromInternet(IpAddress.Parse("203.0.113.1"), floatingIp!) ? new Verdict(floatingIp!.PortId, IpAddress.Parse("203.0.113.1")) : Verdict.Stopped;
        }

        if (to is not null && oracle.IsInside(from, to))
        {
            return oracle.ToFixedAddress(from, to) is { } own ? new Verdict(to.Id, own) : Verdict.Stopped;
        }

        // Without translation a private address goes out as it is: what becomes of it there is not the cloud's.
        if (oracle.DefaultRouter(from)?.Gateway is { EnableSnat: false })
        {
            return Verdict.Any;
        }

        if (floatingIp is not null)
        {
            return oracle.ToFloatingIp(from, floatingIp) is { } source ? new Verdict(floatingIp.PortId, source) : Verdict.Stopped;
        }

        // What no router inside has goes the default way out.
        IpAddress destination = to is null ? _cloud.InternetAddress : ReachabilityOracle.AddressOf(to);
        return oracle.ToInternet(from, destination) is { } translated ? new Verdict(Guid.Empty, translated) : Verdict.Stopped;
    }

    private void Expect(string what, Func<uint> send, Verdict verdict, Func<string>? explain = null)
    {
        uint number = send();
        _cloud.Network.Advance(50);
        List<(Guid Port, IpAddress Source)> arrivals = _cloud.Arrivals.GetValueOrDefault(number, []);
        if (verdict == Verdict.Any)
        {
            return;
        }

        string seen = $"{what}: arrived at [{string.Join(", ", arrivals.Select(a => $"{a.Port} from {a.Source}"))}]";
        if (explain is not null && (verdict.Port is null) == (arrivals.Count > 0))
        {
            seen += "\n" + explain();
        }

        if (verdict.Port is { } port)
        {
            arrivals.ShouldBe([(port, verdict.Source)], seen);
            Asked = (Asked.Reached + 1, Asked.Stopped);
        }
        else
        {
            arrivals.ShouldBeEmpty(seen);
            Asked = (Asked.Reached, Asked.Stopped + 1);
        }
    }

    private (SimHost From, IpAddress To)? EndsOf(LongFlow flow)
    {
        SimHost? from = HostOf(flow.From);
        IpAddress? to = flow.FloatingIp is { } id
            ? _cloud.Topology.FloatingIps.TryGetValue(id, out FloatingIp? floatingIp) ? floatingIp.FloatingIpAddress : null
            : flow.To == Guid.Empty ? _cloud.InternetAddress : HostOf(flow.To!.Value)?.Address;
        return from is not null && to is { } address && address != from.Address ? (from, address) : null;
    }

    private SimHost? HostOf(Guid port) => port == Guid.Empty
        ? _cloud.Internet
        : _cloud.Topology.Ports.TryGetValue(port, out Port? found) ? _cloud.GuestOf(found) : null;

    private uint Send(SimHost from, IpAddress to, ushort sourcePort)
    {
        from.SendIp(PacketBuilder.Udp(EndsTo(from, to), sourcePort, 7777, Probe.Payload(++_lastProbe)));
        return _lastProbe;
    }

    private uint Ping(SimHost from, IpAddress to)
    {
        from.SendIp(PacketBuilder.EchoRequest(EndsTo(from, to), ++_lastId, 1, Probe.Payload(++_lastProbe)));
        return _lastProbe;
    }

    private FrameEnds EndsTo(SimHost from, IpAddress to) =>
        from == _cloud.Internet ? from.EndsTo(to) with { Source = IpAddress.Parse("203.0.113.1") } : from.EndsTo(to);

    private string Describe(Port port) => $"{port.FixedIps[0].Address} on {port.BindingHostId} ({port.Id})";

    /// <param name="From">A port, or empty for the internet.</param>
    /// <param name="To">A port, empty for the internet, or null where a floating IP is called.</param>
    private sealed record LongFlow(Guid From, Guid? To, Guid? FloatingIp, ushort SourcePort);

    /// <param name="Port">Who gets it, empty for the internet; null: nobody.</param>
    private sealed record Verdict(Guid? Port, IpAddress Source)
    {
        public static Verdict Stopped { get; } = new(null, default);

        /// <summary>Not for the book to say.</summary>
        public static Verdict Any { get; } = new(Guid.AllBitsSet, default);
    }
}

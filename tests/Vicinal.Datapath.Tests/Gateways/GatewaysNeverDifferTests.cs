using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Datapath.Tests.Restart;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Gateways;

/// <summary>
/// Random traffic while roles, leases, modes and rows change, also such as contradict each other, and nodes are killed: the cache decides as a fresh walk would,
/// and so does what a mirror repeats.
/// </summary>
public sealed class GatewaysNeverDifferTests
{
    [Fact]
    public void Whatever_changes_cached_flows_are_what_a_walk_would_do()
    {
        Tally all = new();
        for (int seed = 1; seed <= 16; seed++)
        {
            RandomRun run = new(seed, all);
            try
            {
                run.Go(200);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, step {run.Step}: {e.Message}", e);
            }
        }

        all.Hits.ShouldBeGreaterThan(3000, "the cache has to have had its chance");
        all.Mirrored.ShouldBeGreaterThan(3000);
        all.Leased.ShouldBeGreaterThan(300);
        all.Later.ShouldBeGreaterThan(5, "who serves is told after a restart");
    }

    private sealed class Tally
    {
        public long Hits { get; set; }

        public long Mirrored { get; set; }

        public long Leased { get; set; }

        public long Later { get; set; }
    }

    private sealed class RandomRun
    {
        private readonly Random _random;
        private readonly Tally _tally;
        private readonly GatewayCloud _cloud;
        private readonly (SimNode Node, SimProcess Process)[] _nodes;
        private readonly SimHost[] _hosts;
        private readonly IpAddress[] _targets;
        private readonly List<Row[]> _variants = [];
        private readonly Flow[] _flows = new Flow[16];

        public RandomRun(int seed, Tally tally)
        {
            _random = new Random(seed);
            _tally = tally;
            Encapsulation networks = (seed % 3) switch { 0 => Encapsulation.Vlan, 1 => Encapsulation.Geneve, _ => Encapsulation.Geneve };
            _cloud = new GatewayCloud(seed % 2 == 0, networks, limits: new NodeLimits { Connections = new() { Total = 1 << 12 }, Flows = 256, IcmpErrorsPerSecond = 1_000_000 });
            _hosts = [_cloud.A.Host, _cloud.B.Host, _cloud.E.Host, _cloud.V.Host, _cloud.Internet, .. networks == Encapsulation.Vlan ? (SimHost[])[_cloud.M] : []];
            _targets =
            [
                .. _hosts.SelectMany(h => h.Addresses).Select(a => a.Address),
                .. new[] { "198.51.100.10", "198.51.100.11", "198.51.100.2", "2001:db8:ffff::2", "10.0.1.1", "10.0.2.1", "2001:db8:1::1", "203.0.113.9" }.Select(a => IpAddress.Parse(a)),
            ];
            AddVariants();
            foreach (SimHost host in _hosts)
            {
                host.EchoesUdp = host.Mac.Value % 2 == 0;
            }

            for (int i = 0; i < _flows.Length; i++)
            {
                _flows[i] = NewFlow();
            }

            _nodes = [.. _cloud.Nodes.Select(n => (n, new SimProcess(n, _cloud.Cloud)))];
            foreach ((SimNode node, SimProcess process) in _nodes)
            {
                process.Start();
                Tell(node, "g1");
            }
        }

        private sealed record Flow(SimHost From, IpAddress To, int Kind, ushort SourcePort, ushort DestinationPort);

        public int Step { get; private set; }

        public void Go(int steps)
        {
            for (Step = 0; Step < steps; Step++)
            {
                CheckMirrors();
                switch (_random.Next(16))
                {
                    case 0 or 1:
                        Change();
                        break;
                    case 2:
                        _cloud.Serve(_random.Next(4) switch { 0 => "g1", 1 => null, _ => "g2" });
                        break;
                    case 3:
                        Tell(Pick(_nodes).Node, _random.Next(2) == 0 ? "g1" : "g2");
                        break;
                    case 4 or 5:
                        _cloud.Leases[_random.Next(2) == 0 ? "g1" : "g2"].Runs = _random.Next(3) != 0;
                        break;
                    case 6:
                        _cloud.Advance(_random.Next(1, 3000));
                        break;
                    case 7:
                        _flows[_random.Next(_flows.Length)] = NewFlow();
                        break;
                    case 8 when _random.Next(3) == 0:
                        Restart();
                        break;
                }

                for (int i = 0; i < 4; i++)
                {
                    Send(Pick(_flows));
                    _cloud.Run();
                }
            }

            _tally.Hits += _cloud.Nodes.Sum(n => n.Node.Counters.CacheHits);
        }

        private void CheckMirrors()
        {
            foreach ((SimNode node, SimProcess process) in _nodes)
            {
                _tally.Mirrored += MirrorCheck.Verify(node, process.Mirror, _cloud.Cloud.Fabric.Now).Flows;
                _tally.Leased += process.Mirror.Flows.Values.Count(f => f.Action.Lease != GatewayLease.None);
            }
        }

        /// <summary>The next process does not know who serves until it is told.</summary>
        private void Restart()
        {
            (SimNode node, SimProcess process) = Pick(_nodes);
            process.Kill();
            process.Start();
            FlowKey[] waiting = [.. process.Mirror.Flows.Keys.ToList().Where(key => process.Adopt(in key) == Adoption.Later)];
            _tally.Later += waiting.Length;
            Tell(node, _random.Next(2) == 0 ? "g1" : "g2");
            foreach (FlowKey key in waiting)
            {
                if (process.Adopt(in key) == Adoption.Later)
                {
                    // Who adopts gives up in the end.
                    process.Mirror.Delete(in key);
                }
            }
        }

        private void Tell(SimNode node, string host) => node.Node.SetActiveGateways([new ActiveGateway(_cloud.Router.Id, host)], _cloud.Cloud.Fabric.Now);

        private void Change()
        {
            Row[] variants = Pick(_variants);
            int which = _random.Next(2) == 0 ? 0 : _random.Next(variants.Length + 1);
            if (which == variants.Length)
            {
                _cloud.Cloud.Remove(variants[0]);
            }
            else
            {
                _cloud.Cloud.Put(variants[which]);
            }
        }

        private Flow NewFlow()
        {
            while (true)
            {
                Flow flow = new(Pick(_hosts), Pick(_targets), _random.Next(4), (ushort)(4000 + _random.Next(50)), (ushort)(_random.Next(2) == 0 ? 22 : 80));
                if (flow.From.Addresses.Any(a => a.Address.IsIpv4 == flow.To.IsIpv4) && flow.From.Addresses.All(a => a.Address != flow.To))
                {
                    return flow;
                }
            }
        }

        private void Send(Flow flow)
        {
            byte ttl = (byte)(_random.Next(20) == 0 ? _random.Next(1, 4) : 64);
            switch (flow.Kind)
            {
                case 0:
                    flow.From.Ping(flow.To, flow.SourcePort, 1, ttl);
                    break;
                case 1:
                    flow.From.SendTcp(flow.To, flow.SourcePort, flow.DestinationPort, _random.Next(4) == 0 ? TcpFlags.Syn : TcpFlags.Ack, 2, 2);
                    break;
                default:
                    flow.From.SendUdp(flow.To, flow.SourcePort, flow.DestinationPort, 20, ttl);
                    break;
            }
        }

        private T Pick<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];

        private void AddVariants()
        {
            RouterRow router = _cloud.Router.Row;
            _variants.Add(
            [
                router, router with { Distributed = !router.Distributed }, router with { Lease = GatewayLease.Long }, router with { Lease = GatewayLease.None },
                router with { GatewayNodes = [new GatewayNode("g2", 1)] }, router with { GatewayNodes = [] }, router with { AdminUp = false },
            ]);
            ExternalGatewayRow gateway = _cloud.Router.Gateway!;
            _variants.Add([gateway, gateway with { EnableSnat = false }]);
            StaticNatRow first = _cloud.Router.AddFloatingIp(_cloud.External, "198.51.100.10", _cloud.A, "c1");
            _variants.Add([first, first with { OwnerHost = null, AtGateway = true }, first with { FixedAddress = _cloud.E.Address, PortId = _cloud.E.Id }]);
            StaticNatRow second = _cloud.Router.AddFloatingIp(_cloud.External, "198.51.100.11", _cloud.V, null, true);
            _variants.Add([second, second with { OwnerHost = "g1", AtGateway = false }]);
            _variants.Add([.. _cloud.Cloud.Rows.OfType<GatewayPolicyRow>()]);
            _variants.Add([_cloud.Router1]);
            _variants.Add([_cloud.Net2, _cloud.Net2 with { AdminUp = false }]);
            _variants.Add([_cloud.B.Row, _cloud.B.Row with { AdminUp = false }]);
        }
    }
}

using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

/// <summary>Random traffic and random changes of rows in a cloud where each packet is compared with its trace.</summary>
internal sealed class RandomRun
{
    private readonly Random _random;
    private readonly RoutedCloud _cloud;
    private readonly List<SimPort> _ports;
    private readonly List<IpAddress> _targets;
    private readonly List<Row[]> _variants = [];
    private readonly Flow[] _flows = new Flow[16];

    public RandomRun(int seed)
    {
        _random = new Random(seed);
        _cloud = new RoutedCloud(new NodeLimits { Connections = new() { Total = 1 << 12 }, Flows = 256, IcmpErrorsPerSecond = 1_000_000 });
        SimPort p = _cloud.Cloud.AddPort(_cloud.External, _cloud.C1, [_cloud.Open], "198.51.100.60/24>198.51.100.1");
        SimPort free = _cloud.Cloud.AddPort(_cloud.Net1, _cloud.G1, [], false, [], "10.0.1.8/24>10.0.1.1");
        _ports = [_cloud.A, _cloud.B, _cloud.C, _cloud.D, p, free];
        _targets =
        [
            .. _ports.Select(x => x.Address), _cloud.Internet.Address, IpAddress.Parse("198.51.100.10"), IpAddress.Parse("198.51.100.11"),
            IpAddress.Parse("198.51.100.2"), IpAddress.Parse("10.0.1.1"), IpAddress.Parse("10.0.2.1"), IpAddress.Parse("10.0.2.99"),
            IpAddress.Parse("203.0.113.9"), IpAddress.Parse("10.3.0.1"),
            IpAddress.Parse("2001:db8:1::5"), IpAddress.Parse("2001:db8:2::5"), IpAddress.Parse("2001:db8:ffff::200"),
        ];
        AddVariants();
        foreach (SimHost host in _ports.Select(x => x.Host).Append(_cloud.Internet))
        {
            host.EchoesUdp = host.Mac.Value % 2 == 0;
        }

        for (int i = 0; i < _flows.Length; i++)
        {
            _flows[i] = NewFlow();
        }

        foreach (SimNode node in _cloud.Cloud.Fabric.Nodes)
        {
            node.VerifiesTraces = true;
        }
    }

    private sealed record Flow(SimHost From, IpAddress To, int Kind, ushort SourcePort, ushort DestinationPort);

    public int Step { get; private set; }

    public RoutedCloud Cloud => _cloud;

    /// <summary>Between two steps.</summary>
    public Action<Random>? Meanwhile { get; set; }

    public long CacheHits => _cloud.Cloud.Fabric.Nodes.Sum(n => n.Node.Counters.CacheHits);

    public void Go(int steps)
    {
        for (Step = 0; Step < steps; Step++)
        {
            Meanwhile?.Invoke(_random);
            int dice = _random.Next(20);
            if (dice < 6)
            {
                Change();
            }
            else if (dice == 6)
            {
                _cloud.Cloud.Fabric.Advance(_random.Next(1, 2000));
            }
            else if (dice == 7)
            {
                _flows[_random.Next(_flows.Length)] = NewFlow();
            }

            // The same flows again and again, so that what was cached before a change meets it.
            for (int i = 0; i < 4; i++)
            {
                Send(Pick(_flows));
                _cloud.Run();
            }
        }
    }

    public void Change()
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
            if (_random.Next(3) == 0 && Pick(_flows) is { } other && Answering(other) is { } answer)
            {
                return answer;
            }

            Flow flow = new(
                _random.Next(7) == 0 ? _cloud.Internet : Pick(_ports).Host,
                Pick(_targets),
                _random.Next(4),
                (ushort)(4000 + _random.Next(50)),
                (ushort)(_random.Next(2) == 0 ? 22 : 80));
            bool reachable = flow.From.Addresses.Any(a => a.Address.IsIpv4 == flow.To.IsIpv4);
            if (reachable && flow.From.Addresses.All(a => a.Address != flow.To))
            {
                return flow;
            }
        }
    }

    /// <summary>What the other end would send in answer, asked or not.</summary>
    private Flow? Answering(Flow flow)
    {
        SimHost? host = _ports.Select(p => p.Host).Append(_cloud.Internet).FirstOrDefault(h => h.Addresses.Any(a => a.Address == flow.To));
        IpAddress? back = flow.From.Addresses.FirstOrDefault(a => a.Address.IsIpv4 == flow.To.IsIpv4)?.Address;
        return host is null || back is null || host == flow.From ? null : new Flow(host, back.Value, flow.Kind, flow.DestinationPort, flow.SourcePort);
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
                flow.From.SendTcp(flow.To, flow.SourcePort, flow.DestinationPort, Flags(), 2, 2);
                break;
            default:
                flow.From.SendUdp(flow.To, flow.SourcePort, flow.DestinationPort, _random.Next(10) == 0 ? 1410 : 20, ttl);
                break;
        }
    }

    private TcpFlags Flags() => _random.Next(6) switch
    {
        0 => TcpFlags.Syn,
        1 => TcpFlags.Syn | TcpFlags.Ack,
        2 => TcpFlags.Fin | TcpFlags.Ack,
        _ => TcpFlags.Ack,
    };

    private T Pick<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];

    /// <summary>Rows that come, change and go while traffic flows.</summary>
    private void AddVariants()
    {
        SimCloud cloud = _cloud.Cloud;
        Guid group = cloud.AddGroup();
        foreach (SimPort port in _ports.Where(p => p.Row.PortSecurity))
        {
            LocalPortRow row = port.Row;
            _variants.Add([row, row with { SecurityGroups = [group] }, row with { AdminUp = false }, row with { SecurityGroups = [] }]);
        }

        FilterRuleRow rule = new(group, cloud.NewId(), FilterDirection.Ingress, false, IpProtocol.Tcp, 22, 22, null, null);
        _variants.Add([rule, rule with { RangeMax = 80 }, rule with { RemoteGroup = group }]);
        _variants.Add([new FilterRuleRow(group, cloud.NewId(), FilterDirection.Egress, false, null, null, null, null, null)]);
        _variants.Add([new FilterRuleRow(group, cloud.NewId(), FilterDirection.Ingress, false, null, null, null, IpPrefix.Parse("10.0.1.0/24"), null)]);
        _variants.Add([new FilterGroupRow(group, true), new FilterGroupRow(group, false)]);
        _variants.Add([new AddressSetMemberRow(group, _cloud.B.Id, [IpPrefix.Host(_cloud.B.Address)])]);
        _variants.Add([_cloud.Router.Row, _cloud.Router.Row with { AdminUp = false }, _cloud.Router.Row with { GatewayNodes = [new GatewayNode("c2", 1)] }]);
        _variants.Add([_cloud.Router2]);
        _variants.Add([_cloud.Net2, _cloud.Net2 with { Mtu = 1300 }, _cloud.Net2 with { AdminUp = false }]);
        _variants.Add([_cloud.External]);
        ExternalGatewayRow gateway = _cloud.Router.Gateway!;
        _variants.Add([gateway, gateway with { EnableSnat = false }]);
        StaticNatRow nat = _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        _variants.Add([nat, nat with { FixedAddress = _cloud.C.Address, PortId = _cloud.C.Id, OwnerHost = "c2" }, nat with { OwnerHost = null, AtGateway = true }]);
        _variants.Add([_cloud.GiveFloatingIp("198.51.100.11", _cloud.D)]);
        _variants.Add([new RouteRow(_cloud.Router.Id, IpPrefix.Parse("10.3.0.0/16"), _cloud.C.Address)]);
        EndpointRow endpoint = _cloud.C.Endpoint!;
        _variants.Add([endpoint, endpoint with { Host = "g1" }, endpoint with { Host = null }]);
        _variants.Add([.. cloud.Rows.OfType<NodeRow>().Where(n => n.Host == "c2")]);
    }
}

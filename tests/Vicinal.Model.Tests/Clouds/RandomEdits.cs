using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Clouds;

/// <summary>
/// One random, referentially sane edit after another over a small universe, so that things meet, part and come back. The seed
/// decides everything.
/// </summary>
public sealed class RandomEdits
{
    private static readonly string[] Hosts = ["c1", "c2", "c3", "g1", "g2"];
    private static readonly string[] Modes = ["dvr", "dvr", "dvr_snat", "dvr_no_external", "legacy"];

    private readonly Random _random;
    private readonly (int Weight, Action Edit)[] _edits;
    private int _subnets;

    public RandomEdits(int seed)
    {
        _random = new Random(seed);
        _edits =
        [
            (3, AddNetwork), (2, ChangeNetwork), (1, RemoveNetwork), (4, AddSubnet), (2, ChangeSubnet), (1, RemoveSubnet),
            (12, AddPort), (14, ChangePort), (6, RemovePort), (3, AddRouter), (6, ChangeRouter), (1, RemoveRouter),
            (9, AddInterface), (7, RemoveInterface), (8, SetGateway), (4, ClearGateway),
            (8, AddFloatingIp), (14, MoveFloatingIp), (3, RemoveFloatingIp),
            (2, AddGroup), (1, RemoveGroup), (5, AddRule), (3, RemoveRule), (7, AddAgent), (6, ChangeAgent), (2, RemoveAgent),
        ];
        Network external = Cloud.AddExternalNetwork();
        Cloud.AddSubnet(external, "203.0.113.0/24");
        Cloud.AddSubnet(external, "2001:db8:ffff::/64");
        for (int i = 0; i < 30; i++)
        {
            Grow();
        }
    }

    public CloudBuilder Cloud { get; } = new();

    private Topology Topology => Cloud.Topology;

    /// <summary>Publishes a batch of one edit mostly, of up to four sometimes. Edits that find nothing to do change nothing.</summary>
    public Step Next()
    {
        int edits = _random.Next(4) == 0 ? _random.Next(2, 5) : 1;
        for (int i = 0; i < edits; i++)
        {
            Edit();
        }

        return Cloud.Publish();
    }

    /// <summary>From a cloud of next to nothing most edits would find nothing to do.</summary>
    private void Grow()
    {
        AddAgent();
        AddNetwork();
        AddSubnet();
        AddRouter();
        AddGroup();
        AddPort();
        AddInterface();
        SetGateway();
        AddFloatingIp();
        MoveFloatingIp();
    }

    private void Edit()
    {
        int roll = _random.Next(_edits.Sum(static e => e.Weight));
        foreach ((int weight, Action edit) in _edits)
        {
            roll -= weight;
            if (roll < 0)
            {
                edit();
                return;
            }
        }
    }

    private void AddNetwork()
    {
        if (Topology.Networks.Count < 9)
        {
            string type = Pick(["geneve", "geneve", "geneve", "vxlan", "gre", "vlan", "flat"])!;
            bool physical = type is "vlan" or "flat";
            Cloud.AddNetwork(type, physical ? Pick(["physnet1", "physnet2"]) : null, external: physical && Chance(40));
        }
    }

    private void ChangeNetwork()
    {
        if (Pick(Topology.Networks.Values) is { } network)
        {
            Cloud.Put(_random.Next(3) switch
            {
                0 => network with { AdminStateUp = !network.AdminStateUp },
                1 => network with { Mtu = 1280 + _random.Next(3) },
                _ => network with { Name = $"n{_random.Next(3)}" },
            });
        }
    }

    private void RemoveNetwork()
    {
        if (Pick(Topology.Networks.Values.Where(n => !Topology.PortsByNetwork.Has(n.Id) && !Topology.SubnetsByNetwork.Has(n.Id))) is { } network)
        {
            Cloud.Remove(network);
        }
    }

    private void AddSubnet()
    {
        if (Topology.Subnets.Count < 20 && Pick(Topology.Networks.Values) is { } network)
        {
            _subnets++;
            Cloud.AddSubnet(network, Chance(70) ? $"10.{_subnets >> 8 & 255}.{_subnets & 255}.0/24" : $"2001:db8:0:{_subnets & 0xffff:x}::/64");
        }
    }

    private void ChangeSubnet()
    {
        if (Pick(Topology.Subnets.Values) is { } subnet)
        {
            IpAddress other = IpAddress.FromValue(subnet.Cidr.First.Value + (UInt128)_random.Next(1, 3));
            Cloud.Put(_random.Next(3) switch
            {
                0 => subnet with { GatewayIp = subnet.GatewayIp is null ? other : null },
                1 => subnet with { GatewayIp = other },
                _ => subnet with { EnableDhcp = !subnet.EnableDhcp },
            });
        }
    }

    private void RemoveSubnet()
    {
        if (Pick(Topology.Subnets.Values.Where(s => Topology.Allocations.CountOf(s.Id) == 0)) is { } subnet)
        {
            Cloud.Remove(subnet);
        }
    }

    private void AddPort()
    {
        if (InstancePorts().Count() < 60 && Pick(Topology.Networks.Values) is { } network)
        {
            SecurityGroup[] groups = [.. Topology.SecurityGroups.Values.Where(_ => Chance(40))];
            Cloud.AddPort(network, Chance(80) ? Pick(Hosts)! : "", SubnetsOf(network).Where(_ => Chance(70)), groups);
        }
    }

    private void ChangePort()
    {
        if (Pick(Chance(85) ? InstancePorts() : Topology.Ports.Values) is not { } port)
        {
            return;
        }

        bool instance = port.DeviceOwner.StartsWith("compute:", StringComparison.Ordinal);
        Cloud.Put(_random.Next(instance ? 8 : 3) switch
        {
            0 => port with { AdminStateUp = !port.AdminStateUp },
            1 => port with { MacAddress = Cloud.NewMac() },
            2 => port with { Status = Chance(50) ? PortStatus.Active : PortStatus.Down },
            3 or 4 => port with { BindingHostId = Chance(80) ? Pick(Hosts)! : "" },
            5 => port with { SecurityGroups = Topology.SecurityGroups.Keys.Where(_ => Chance(40)).ToValueList() },
            6 => port with { PortSecurityEnabled = !port.PortSecurityEnabled },
            _ => port with { AllowedAddressPairs = RandomPairs(port) },
        });
    }

    private void RemovePort()
    {
        if (Pick(InstancePorts()) is { } port)
        {
            Disassociate(Topology.FloatingIpsByPort[port.Id]);
            Cloud.Remove(port);
        }
    }

    private void Disassociate(IEnumerable<Guid> floatingIps)
    {
        foreach (Guid id in floatingIps)
        {
            Cloud.Put(Topology.FloatingIps[id] with { PortId = null, FixedIpAddress = null, RouterId = null });
        }
    }

    private void AddRouter()
    {
        if (Topology.Routers.Count < 8)
        {
            Cloud.AddRouter(Chance(70));
        }
    }

    private void ChangeRouter()
    {
        if (Pick(Topology.Routers.Values) is { } router)
        {
            Cloud.Put(_random.Next(6) switch
            {
                0 => router with { AdminStateUp = !router.AdminStateUp },
                1 => router with { Distributed = !router.Distributed },
                2 => router with { Name = $"r{_random.Next(3)}" },
                3 => router with { GatewayBindings = router.Gateway is null ? default : RandomBindings() },
                4 => router with { Gateway = router.Gateway is { } g ? g with { EnableSnat = !g.EnableSnat } : null },
                _ => router with { Routes = Enumerable.Range(1, 4).Where(_ => Chance(50)).Select(RandomRoute).ToValueList() },
            });
        }
    }

    private void RemoveRouter()
    {
        if (Pick(Topology.Routers.Values.Where(r => r.Gateway is null && !Topology.PortsByDevice.Has(r.Id.ToString()))) is { } router)
        {
            Cloud.Remove(router);
        }
    }

    private void AddInterface()
    {
        if (Pick(Topology.Routers.Values) is { } router && Pick(Topology.Networks.Values.Where(n => !n.External || Chance(10))) is { } network
            && Pick(SubnetsOf(network)) is { } subnet)
        {
            Cloud.AddInterface(router, network, subnet);
        }
    }

    private void RemoveInterface()
    {
        if (Pick(Topology.Ports.Values.Where(static p => DeviceOwner.IsRouterInterface(p.DeviceOwner))) is { } port)
        {
            Cloud.Remove(port);
        }
    }

    private void SetGateway()
    {
        if (Pick(Topology.Routers.Values.Where(static r => r.Gateway is null)) is { } router
            && Pick(Topology.Networks.Values.Where(static n => n.External)) is { } external)
        {
            Cloud.SetGateway(router, external, SubnetsOf(external).Where(_ => Chance(80)), [.. RandomBindings().Select(static b => b.Host)]);
        }
    }

    private void ClearGateway()
    {
        if (Pick(Topology.Routers.Values.Where(static r => r.Gateway is not null)) is { } router)
        {
            Disassociate(Topology.FloatingIpsByRouter[router.Id]);
            Cloud.ClearGateway(router);
        }
    }

    private void AddFloatingIp()
    {
        if (Topology.FloatingIps.Count < 15 && Pick(Topology.Networks.Values.Where(static n => n.External)) is { } external
            && Pick(SubnetsOf(external).Where(static s => s.Cidr.IsIpv4)) is { } subnet)
        {
            Cloud.AddFloatingIp(external, subnet);
        }
    }

    /// <summary>Associates, moves or disassociates. Any port with an address will do: the compiler trusts the rules for the rest.</summary>
    private void MoveFloatingIp()
    {
        if (Pick(Topology.FloatingIps.Values) is not { } floatingIp)
        {
            return;
        }

        Router? router = Pick(Topology.RoutersByExternalNetwork[floatingIp.FloatingNetworkId].Select(id => Topology.Routers[id]));
        Port? port = Pick(InstancePorts().Where(static p => !p.FixedIps.IsEmpty));
        bool associate = router is not null && port is not null && Chance(80);
        Cloud.Put(floatingIp with
        {
            RouterId = associate ? router!.Id : null,
            PortId = associate ? port!.Id : null,
            FixedIpAddress = associate ? port!.FixedIps[0].Address : null,
        });
    }

    private void RemoveFloatingIp()
    {
        if (Pick(Topology.FloatingIps.Values) is { } floatingIp)
        {
            Cloud.RemoveFloatingIp(floatingIp);
        }
    }

    private void AddGroup()
    {
        if (Topology.SecurityGroups.Count < 6)
        {
            Cloud.AddGroup();
        }
    }

    private void RemoveGroup()
    {
        if (Pick(Topology.SecurityGroups.Values.Where(g => !Topology.PortsBySecurityGroup.Has(g.Id))) is { } group)
        {
            foreach (Guid rule in Topology.RulesBySecurityGroup[group.Id].Union(Topology.RulesByRemoteGroup[group.Id]))
            {
                Cloud.Remove(Topology.SecurityGroupRules[rule]);
            }

            Cloud.Remove(group);
        }
    }

    private void AddRule()
    {
        if (Topology.SecurityGroupRules.Count < 25 && Pick(Topology.SecurityGroups.Values) is { } group)
        {
            bool remote = Chance(60);
            Cloud.AddRule(
                group, Pick(["ingress", "egress"])!, remote ? Pick(Topology.SecurityGroups.Values) : null, remote ? null : "10.0.0.0/8");
        }
    }

    private void RemoveRule()
    {
        if (Pick(Topology.SecurityGroupRules.Values) is { } rule)
        {
            Cloud.Remove(rule);
        }
    }

    private void AddAgent()
    {
        if (Pick(Hosts.Where(h => Topology.AgentOn(h) is null)) is { } host)
        {
            Cloud.AddAgent(host, Pick(Modes)!, [.. new[] { "physnet1", "physnet2" }.Where(_ => Chance(70))]);
        }
    }

    private void ChangeAgent()
    {
        if (Pick(Topology.Agents.Values) is { } agent)
        {
            Cloud.Put(_random.Next(4) switch
            {
                0 => agent with { Mode = Pick(Modes)! },
                1 => agent with { TunnelAddress = IpAddress.FromIpv4(0xC0A9_0000 | (uint)_random.Next(256)) },
                2 => agent with { BridgeMappings = Chance(50) ? [new BridgeMapping("physnet1", "eth1")] : default },
                _ => agent with { StartedAt = agent.StartedAt.AddSeconds(1) },
            });
        }
    }

    private void RemoveAgent()
    {
        if (Pick(Topology.Agents.Values) is { } agent)
        {
            Cloud.Remove(agent);
        }
    }

    private IEnumerable<Port> InstancePorts() =>
        Topology.Ports.Values.Where(static p => p.DeviceOwner.StartsWith("compute:", StringComparison.Ordinal));

    private IEnumerable<Subnet> SubnetsOf(Network network) => Topology.SubnetsByNetwork[network.Id].Select(id => Topology.Subnets[id]);

    private ValueList<GatewayBinding> RandomBindings()
    {
        string[] hosts = [.. new[] { "g1", "g2", "c1" }.Where(_ => Chance(50))];
        return hosts.Select((h, i) => new GatewayBinding(h, hosts.Length - i)).ToValueList();
    }

    private ValueList<AddressPair> RandomPairs(Port port) => new[] { "10.9.9.9/32", "10.9.0.0/24", "0.0.0.0/0", "2001:db8:9::/64", "::/0" }
        .Where(_ => Chance(40))
        .Select(p => new AddressPair(IpPrefix.Parse(p), port.MacAddress))
        .ToValueList();

    private HostRoute RandomRoute(int n) => new(IpPrefix.Parse($"172.16.{n}.0/24"), IpAddress.FromIpv4(0x0A00_0000 | (uint)_random.Next(2)));

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T? Pick<T>(IEnumerable<T> items)
        where T : class
    {
        T[] all = [.. items];
        return all.Length == 0 ? null : all[_random.Next(all.Length)];
    }
}

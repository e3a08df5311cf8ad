using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

/// <summary>A cloud to which a seed happens: any rule may be asked for anything, sensible or not, of a few small networks.</summary>
internal sealed class RandomCloud
{
    private static readonly string[] s_cidrs =
        ["10.0.0.0/28", "10.0.0.0/29", "10.0.0.16/28", "10.0.1.0/28", "203.0.113.16/29", "2001:db8::/64", "2001:db8:1::/64"];

    private static readonly string[] s_modes = [AgentModes.Dvr, AgentModes.DvrSnat, AgentModes.Legacy, AgentModes.DvrNoExternal];

    private readonly Random _random;
    private readonly Action<TopologyEdit>[] _steps;

    public RandomCloud(Random random)
    {
        _random = random;
        _steps =
        [
            AddPort, AddPort, AddPort, RemovePort, MovePort, AddRouter, ChangeRouter, SetGateway, SetGateway, DeleteRouter,
            Join, Join, Join, Join, JoinPort, Part, AddFloatingIp, AddFloatingIp, MoveFloatingIp, MoveFloatingIp, MoveFloatingIp,
            DeleteFloatingIp, MarkFloatingIp, Report, Report, Report, ChangeAgent, Assign, Unassign, Migrate, Migrate, Migrate, LeaveUnreachable,
            AddGroup, AddRule, DropGroup,
        ];
        TopologyEdit edit = new(Topology.Empty, DateTimeOffset.UnixEpoch, NewId);
        AddNetwork(edit, external: true);
        for (int i = 0; i < 5; i++)
        {
            AddNetwork(edit, external: i == 0, wire: i == 1);
            Guid way = edit.Current.Networks.Values.Where(n => n.External).OrderBy(n => n.Id).First().Id;
            _ = RouterRules.Create(edit, "p1", new RouterRequest { Gateway = new GatewayRequest(way) }, CloudSettings.Default);
        }

        Topology = edit.Current;
    }

    public Topology Topology { get; private set; }

    public int Done { get; private set; }

    /// <summary>One request: it happens wholly, or a fault of Neutron's kind leaves everything as it was.</summary>
    public void Step()
    {
        TopologyEdit edit = new(Topology, DateTimeOffset.UnixEpoch, NewId);
        try
        {
            Pick(_steps)(edit);
            Topology = edit.Current;
            Done++;
        }
        catch (NeutronFault fault)
        {
            fault.Status.ShouldBeInRange(400, 409);
        }
    }

    private Requester Someone => Pick([L3Cloud.Admin, L3Cloud.Admin, L3Cloud.User, new Requester("p2", IsAdmin: false)]);

    private Guid NewId()
    {
        byte[] bytes = new byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    /// <summary>One of those that exist, or now and then one that does not.</summary>
    private Guid Any<T>(IReadOnlyDictionary<Guid, T> table) =>
        table.Count == 0 || _random.Next(20) == 0 ? NewId() : table.Keys.Order().ElementAt(_random.Next(table.Count));

    private Guid? Maybe<T>(IReadOnlyDictionary<Guid, T> table) => _random.Next(5) == 0 ? null : Any(table);

    private bool Coin() => _random.Next(2) == 0;

    private void AddNetwork(TopologyEdit edit, bool external, bool wire = false)
    {
        Network network = edit.Put(new Network
        {
            Id = NewId(),
            ProjectId = "p1",
            External = external,
            Shared = Coin(),
            NetworkType = external || wire ? "flat" : "geneve",
            PhysicalNetwork = external ? "physnet1" : wire ? "physnet2" : null,
            SegmentationId = external || wire ? null : (int)edit.DrawSegmentationId("geneve", [new SegmentationRange(1, 0xFF_FFFF)])!,
        });
        string[] cidrs = external ? ["203.0.113.0/27", .. s_cidrs.Where(_ => _random.Next(10) == 0)] : s_cidrs;
        foreach (string cidr in cidrs.OrderBy(_ => external ? 0 : _random.Next()).Take(_random.Next(1, 4)))
        {
            IpPrefix prefix = IpPrefix.Parse(cidr);
            if (edit.Current.SubnetsByNetwork[network.Id].Any(id => edit.Current.Subnets[id].Cidr.Overlaps(prefix)))
            {
                continue;
            }

            IpAddress first = IpAddress.FromValue(prefix.First.Value + 1);
            _ = edit.Put(new Subnet
            {
                Id = NewId(),
                ProjectId = "p1",
                NetworkId = network.Id,
                Cidr = prefix,
                GatewayIp = _random.Next(8) == 0 ? null : first,
                AllocationPools = [new AllocationPool(IpAddress.FromValue(first.Value + 1), IpAddress.FromValue(first.Value + (external ? 24u : 5u)))],
            });
        }
    }

    private void AddPort(TopologyEdit edit)
    {
        PortInput input = new() { NetworkId = Any(edit.Current.Networks), ProjectId = Coin() ? "p1" : "p2" };
        _ = PortRules.Create(edit, input, CloudSettings.Default, Someone);
    }

    private void RemovePort(TopologyEdit edit)
    {
        if (edit.Current.Ports.GetValueOrDefault(Any(edit.Current.Ports)) is { } port)
        {
            PortRules.Delete(edit, port);
        }
    }

    /// <summary>Another address, so that floating IPs lose what they point at.</summary>
    private void MovePort(TopologyEdit edit)
    {
        if (edit.Current.Ports.GetValueOrDefault(Any(edit.Current.Ports)) is { } port)
        {
            List<FixedIpRequest> requests = [.. edit.Current.SubnetsByNetwork[port.NetworkId].Order().Take(2)
                .Select(id => new FixedIpRequest(id, Coin() ? null : IpAddress.FromValue(edit.Current.Subnets[id].Cidr.First.Value + (uint)_random.Next(8))))];
            _ = PortRules.Update(edit, port, new PortInput { NetworkId = port.NetworkId, FixedIps = requests }, CloudSettings.Default, Someone);
        }
    }

    private void AddRouter(TopologyEdit edit) =>
        _ = RouterRules.Create(edit, "p1", new RouterRequest { Distributed = Coin(), Gateway = Gateway(edit) }, CloudSettings.Default);

    private void ChangeRouter(TopologyEdit edit)
    {
        ValueList<HostRoute> routes = edit.Current.Ports.Values.OrderBy(p => p.Id).SelectMany(p => p.FixedIps)
            .Where(_ => _random.Next(10) == 0).Select(ip => ip.Address).Where(ip => ip.IsIpv4).Take(2)
            .Select(ip => new HostRoute(IpPrefix.Parse("192.168.0.0/24"), ip)).ToValueList();
        _ = RouterRules.Update(
            edit,
            Any(edit.Current.Routers),
            new RouterRequest
            {
                AdminStateUp = Coin() ? _random.Next(4) == 0 : default(Given<bool>),
                Distributed = Coin() ? Coin() : default(Given<bool>),
                Ha = Coin() ? Coin() : default(Given<bool>),
                Routes = Coin() ? routes : default(Given<ValueList<HostRoute>>),
            },
            CloudSettings.Default);
    }

    private void SetGateway(TopologyEdit edit) =>
        _ = RouterRules.Update(edit, Any(edit.Current.Routers), new RouterRequest { Gateway = Gateway(edit) }, CloudSettings.Default);

    private GatewayRequest? Gateway(TopologyEdit edit)
    {
        if (_random.Next(5) == 0)
        {
            return null;
        }

        Guid network = AnyExternal(edit);
        ValueList<FixedIpRequest> addresses = Coin()
            ? default
            : edit.Current.SubnetsByNetwork[network].Order().Take(1).Select(id => new FixedIpRequest(id, null)).ToValueList();
        return new GatewayRequest(network, Coin(), addresses);
    }

    private void DeleteRouter(TopologyEdit edit)
    {
        // Else few would live long enough to be of use.
        if (_random.Next(4) == 0)
        {
            RouterRules.Delete(edit, Any(edit.Current.Routers));
        }
    }

    private void Join(TopologyEdit edit) => _ = RouterInterfaces.Add(
        edit, Any(edit.Current.Routers), new InterfaceRequest(Any(edit.Current.Subnets), null), CloudSettings.Default, Someone);

    private void JoinPort(TopologyEdit edit) => _ = RouterInterfaces.Add(
        edit, Any(edit.Current.Routers), new InterfaceRequest(null, Any(edit.Current.Ports)), CloudSettings.Default, Someone);

    private void Part(TopologyEdit edit)
    {
        List<Port> interfaces = [.. edit.Current.Ports.Values.Where(p => DeviceOwner.IsRouterInterface(p.DeviceOwner)).OrderBy(p => p.Id)];
        if (interfaces.Count > 0)
        {
            Port port = Pick(interfaces);
            Guid? subnet = Coin() ? port.FixedIps[0].SubnetId : null;
            _ = RouterInterfaces.Remove(edit, Guid.Parse(port.DeviceId), new InterfaceRequest(subnet, subnet is null || Coin() ? port.Id : null), CloudSettings.Default);
        }
    }

    private void AddFloatingIp(TopologyEdit edit)
    {
        Guid? port = Routed(edit);
        Guid network = AnyExternal(edit);
        if (port is { } id && edit.Current.Ports.TryGetValue(id, out Port? target) && _random.Next(4) > 0)
        {
            // A network that some router behind the port leads to.
            network = target.FixedIps.SelectMany(ip => edit.Current.RouterPortsBySubnet[ip.SubnetId].Order())
                .Select(routerPort => edit.Current.Routers[Guid.Parse(edit.Current.Ports[routerPort].DeviceId)].Gateway?.NetworkId)
                .FirstOrDefault(way => way is not null) ?? network;
        }

        FloatingIpRequest request = new() { FloatingNetworkId = network, PortId = port };
        _ = FloatingIpRules.Create(edit, "p1", request, CloudSettings.Default, Someone);
    }

    private void MoveFloatingIp(TopologyEdit edit) => _ = FloatingIpRules.Update(
        edit, Any(edit.Current.FloatingIps), new FloatingIpRequest { PortId = Routed(edit) }, Someone);

    /// <summary>Mostly a port that a router reaches; sometimes any, or none.</summary>
    private Guid? Routed(TopologyEdit edit)
    {
        List<Guid> routed = [.. edit.Current.Ports.Values
            .Where(port => port.FixedIps.Any(ip => edit.Current.RouterPortsBySubnet.Has(ip.SubnetId))).Select(port => port.Id).Order()];
        return routed.Count == 0 || _random.Next(4) == 0 ? Maybe(edit.Current.Ports) : Pick(routed);
    }

    private Guid AnyExternal(TopologyEdit edit) => _random.Next(6) == 0
        ? Any(edit.Current.Networks)
        : edit.Current.Networks.Values.Where(n => n.External).OrderBy(n => n.Id).ElementAt(_random.Next(2)).Id;

    private void DeleteFloatingIp(TopologyEdit edit)
    {
        if (_random.Next(3) == 0)
        {
            FloatingIpRules.Delete(edit, Any(edit.Current.FloatingIps));
        }
    }

    private void MarkFloatingIp(TopologyEdit edit) => FloatingIpRules.MarkActive(edit, Any(edit.Current.FloatingIps));

    private void Report(TopologyEdit edit) => _ = AgentRules.Report(edit, new AgentReport
    {
        Host = $"n{_random.Next(8)}",
        Mode = Pick(s_modes),
        TunnelAddress = IpAddress.Parse("192.0.2.1"),
        BridgeMappings = ((BridgeMapping[])[new("physnet1", "eth1"), new("physnet2", "eth2")]).Where(_ => _random.Next(3) > 0).ToValueList(),
    }, CloudSettings.Default);

    private void ChangeAgent(TopologyEdit edit)
    {
        Guid id = Any(edit.Current.Agents);
        switch (_random.Next(3))
        {
            case 0:
                AgentRules.Delete(edit, id, CloudSettings.Default);
                break;
            case 1:
                _ = AgentRules.GiveUp(edit, id);
                break;
            default:
                _ = AgentRules.Update(edit, id, Coin(), description: null, CloudSettings.Default);
                break;
        }
    }

    private void Assign(TopologyEdit edit) => AgentRouters.Add(edit, Any(edit.Current.Agents), Any(edit.Current.Routers), CloudSettings.Default);

    private void Unassign(TopologyEdit edit) => AgentRouters.Remove(edit, Any(edit.Current.Agents), Any(edit.Current.Routers));

    private void LeaveUnreachable(TopologyEdit edit) => _ = GatewayScheduling.LeaveUnreachable(edit, CloudSettings.Default);

    /// <summary>Mostly the next step of a migration that is under way, or else the first of one.</summary>
    private void Migrate(TopologyEdit edit)
    {
        Router? router = edit.Current.Routers.Values.Where(r => r.Migration is not null).MinBy(r => r.Id);
        Guid id = router?.Id ?? Any(edit.Current.Routers);
        RouterKind target = router?.Migration?.To ?? new RouterKind(Coin(), Coin());
        _ = _random.Next(4) switch
        {
            0 => RouterMigration.Prepare(edit, id, target, CloudSettings.Default),
            1 => RouterMigration.Switch(edit, id, target, CloudSettings.Default),
            2 => RouterMigration.Finish(edit, id, target, CloudSettings.Default, serving: $"n{_random.Next(8)}"),
            _ => RouterMigration.StepBack(edit, id, CloudSettings.Default),
        };
    }

    private void AddGroup(TopologyEdit edit) =>
        _ = SecurityGroups.Create(edit, Coin() ? "p1" : "p2", new SecurityGroupRequest { Name = Coin() ? "g" : "default" });

    private void AddRule(TopologyEdit edit) => _ = SecurityGroupRules.Create(
        edit,
        new SecurityGroupRuleRequest
        {
            SecurityGroupId = Any(edit.Current.SecurityGroups).ToString(),
            RemoteGroupId = Any(edit.Current.SecurityGroups).ToString(),
            Direction = Coin() ? "ingress" : "egress",
            ProjectId = "p1",
        },
        Someone);

    private void DropGroup(TopologyEdit edit) => SecurityGroups.Delete(edit, Any(edit.Current.SecurityGroups), Someone);
}

using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Model.Tests.Clouds;
using Vicinal.Packets;

namespace Vicinal.Simulation.Tests.Cloud;

/// <summary>What users and operators do, one random edit at a time, within what the API's rules would let pass.</summary>
internal sealed class CloudEdits
{
    private static readonly string[] s_hosts = ["c1", "c2", "c3", "l1", "g1"];
    private static readonly string[] s_gateways = ["g1", "g2"];
    private static readonly string[] s_centralGateways = ["g1", "g2", "l1"];

    private readonly Random _random;
    private readonly CloudBuilder _cloud;
    private readonly Network _external;
    private readonly Subnet _public;
    private readonly (int Weight, Action Edit)[] _edits;

    public CloudEdits(CloudBuilder cloud, Random random)
    {
        _random = random;
        _cloud = cloud;
        _edits =
        [
            (6, AddPort), (3, RemovePort), (8, MovePort), (3, TogglePort), (5, ChangeGroups), (5, AddRule), (5, RemoveRule),
            (6, AddInterface), (3, RemoveInterface), (5, SetGateway), (2, ClearGateway), (4, RescheduleGateway), (1, ToggleSnat),
            (2, ToggleRouter), (2, ToggleNetwork), (3, ChangeKind), (5, Migrate), (3, Assign), (3, Unassign), (2, DrainAgent),
            (5, AddFloatingIp), (6, MoveFloatingIp), (2, RemoveFloatingIp),
        ];
        foreach (string host in s_hosts.Append("g2"))
        {
            cloud.AddAgent(host, ModeOf(host), "physnet1");
        }

        _external = cloud.AddExternalNetwork();
        _public = cloud.AddSubnet(_external, "203.0.113.0/24");
        for (int i = 1; i <= 4; i++)
        {
            cloud.AddSubnet(cloud.AddNetwork(i == 3 ? "vxlan" : "geneve"), $"10.0.{i}.0/24");
        }

        AddGroups();
        cloud.AddRouter();
        cloud.AddRouter(Chance(50));
        Action[] beginnings = [AddPort, AddPort, AddPort, AddInterface, SetGateway, AddFloatingIp, MoveFloatingIp];
        foreach (Action edit in Enumerable.Repeat(beginnings, 3).SelectMany(edits => edits))
        {
            edit();
        }
    }

    /// <summary>The last edits in words, for who reads a failure.</summary>
    public List<string> Log { get; } = [];

    private Topology Topology => _cloud.Topology;

    public void Next()
    {
        int roll = _random.Next(_edits.Sum(static e => e.Weight));
        foreach ((int weight, Action edit) in _edits)
        {
            roll -= weight;
            if (roll < 0)
            {
                Log.Add(edit.Method.Name);
                edit();
                return;
            }
        }
    }

    public IEnumerable<Port> Instances() => Topology.Ports.Values.Where(static p => p.DeviceOwner == "compute:nova").OrderBy(static p => p.Id);

    private void AddGroups()
    {
        SecurityGroup open = _cloud.AddGroup();
        _cloud.AddRule(open, "egress");
        _cloud.AddRule(open, "ingress");
        SecurityGroup members = _cloud.AddGroup();
        _cloud.AddRule(members, "egress");
        _cloud.AddRule(members, "ingress", remote: members);
        SecurityGroup prefixes = _cloud.AddGroup();
        _cloud.AddRule(prefixes, "egress", prefix: "10.0.0.0/8");
        _cloud.AddRule(prefixes, "ingress", prefix: "10.0.1.0/24");
    }

    private void AddPort()
    {
        if (Instances().Count() < 12)
        {
            Network network = Pick(Topology.Networks.Values.Where(static n => !n.External))!;
            _cloud.AddPort(network, Pick(s_hosts)!, [SubnetOf(network)], [.. RandomGroups()]);
        }
    }

    private void RemovePort()
    {
        if (Instances().Count() > 4 && Pick(Instances()) is { } port)
        {
            Disassociate(Topology.FloatingIps.Values.Where(f => f.PortId == port.Id));
            _cloud.Remove(port);
        }
    }

    private void MovePort() => Change(Pick(Instances()), port => port with { BindingHostId = Chance(90) ? Pick(s_hosts)! : "" });

    private void TogglePort() => Change(PickDown(Instances(), static p => p.AdminStateUp), port => port with { AdminStateUp = !port.AdminStateUp });

    private void ChangeGroups() => Change(Pick(Instances()), port => port with { SecurityGroups = RandomGroups().Select(static g => g.Id).ToValueList() });

    private void AddRule()
    {
        if (Topology.SecurityGroupRules.Count < 14 && Pick(Topology.SecurityGroups.Values) is { } group)
        {
            SecurityGroup? remote = Chance(40) ? Pick(Topology.SecurityGroups.Values) : null;
            string? prefix = remote is null && Chance(60) ? Pick(["10.0.1.0/24", "10.0.0.0/16", "203.0.113.0/24", "198.51.100.0/24"]) : null;
            _cloud.AddRule(group, Pick(["ingress", "egress"])!, remote, prefix);
        }
    }

    private void RemoveRule()
    {
        if (Topology.SecurityGroupRules.Count > 4)
        {
            _cloud.Remove(Pick(Topology.SecurityGroupRules.Values)!);
        }
    }

    private void AddInterface()
    {
        Router router = Pick(Topology.Routers.Values)!;
        ReachabilityOracle oracle = new(Topology);
        if (Pick(Topology.Networks.Values.Where(n => !n.External && !oracle.Joins(router with { AdminStateUp = true }, n.Id))) is { } network)
        {
            _cloud.AddInterface(router, network, SubnetOf(network));
        }
    }

    private void RemoveInterface()
    {
        if (Pick(Topology.Ports.Values.Where(static p => DeviceOwner.IsRouterInterface(p.DeviceOwner))) is { } port)
        {
            Disassociate(Topology.FloatingIps.Values.Where(f => f.RouterId?.ToString() == port.DeviceId && Topology.Ports[f.PortId!.Value].NetworkId == port.NetworkId));
            _cloud.Remove(port);
        }
    }

    private void SetGateway()
    {
        if (Pick(Topology.Routers.Values.Where(static r => r.Gateway is null)) is { } router)
        {
            _cloud.SetGateway(router, _external, [_public], Gateways(router));
        }
    }

    private void ClearGateway()
    {
        if (Pick(Topology.Routers.Values.Where(static r => r.Gateway is not null)) is { } router)
        {
            Disassociate(Topology.FloatingIps.Values.Where(f => f.RouterId == router.Id));
            _cloud.ClearGateway(router);
        }
    }

    private void RescheduleGateway() => Change(Pick(Topology.Routers.Values), router => router with
    {
        GatewayBindings = Chance(85) ? Gateways(router).Select(static (host, i) => new GatewayBinding(host, 10 - i)).ToValueList() : default,
        Schedule = router.Schedule + 1,
    });

    /// <summary>At one stroke, as it is while a router is down, or as a node sees it that was away.</summary>
    private void ChangeKind() => Change(Pick(Topology.Routers.Values.Where(static r => r.Migration is null)), router => router with { Distributed = !router.Distributed });

    private void Migrate()
    {
        if ((Pick(Topology.Routers.Values.Where(static r => r.Migration is not null)) ?? Pick(Topology.Routers.Values)) is { } router)
        {
            RouterKind target = router.Migration?.To ?? router.Kind with { Distributed = !router.Distributed };
            _cloud.Ask(edit => _ = router.Migration?.Phase switch
            {
                null => RouterMigration.Prepare(edit, router.Id, target, CloudSettings.Default),
                MigrationPhase.Prepared => RouterMigration.Switch(edit, router.Id, target, CloudSettings.Default),
                _ => RouterMigration.Finish(edit, router.Id, target, CloudSettings.Default),
            });
        }
    }

    private void Assign() => _cloud.Ask(edit => AgentRouters.Add(edit, Pick(Topology.Agents.Values)!.Id, Pick(Topology.Routers.Values)!.Id, CloudSettings.Default));

    private void Unassign() => _cloud.Ask(edit => AgentRouters.Remove(edit, Pick(Topology.Agents.Values)!.Id, Pick(Topology.Routers.Values)!.Id));

    private void DrainAgent()
    {
        Agent agent = PickDown(Topology.Agents.Values.Where(static a => s_centralGateways.Contains(a.Host)), static a => a.AdminStateUp)!;
        _cloud.Ask(edit => AgentRules.Update(edit, agent.Id, !agent.AdminStateUp, description: null, CloudSettings.Default));
    }

    private void ToggleSnat() => Change(Pick(Topology.Routers.Values.Where(static r => r.Gateway is not null)),
        router => router with { Gateway = router.Gateway! with { EnableSnat = !router.Gateway.EnableSnat } });

    private void ToggleRouter() => Change(PickDown(Topology.Routers.Values, static r => r.AdminStateUp), router => router with { AdminStateUp = !router.AdminStateUp });

    private void ToggleNetwork() => Change(PickDown(Topology.Networks.Values, static n => n.AdminStateUp), network => network with { AdminStateUp = !network.AdminStateUp });

    private void AddFloatingIp()
    {
        if (Topology.FloatingIps.Count < 4)
        {
            _cloud.AddFloatingIp(_external, _public);
        }
    }

    /// <summary>To a port that its own default router can serve, or to nobody.</summary>
    private void MoveFloatingIp()
    {
        ReachabilityOracle oracle = new(Topology);
        if (Pick(Topology.FloatingIps.Values) is not { } floatingIp)
        {
            return;
        }

        Port? port = Chance(85) ? Pick(Instances().Where(p => Topology.FloatingIps.Values.All(f => f.PortId != p.Id) && oracle.DefaultRouter(p)?.Gateway is not null)) : null;
        _cloud.Put(floatingIp with
        {
            PortId = port?.Id,
            FixedIpAddress = port is null ? null : ReachabilityOracle.AddressOf(port),
            RouterId = port is null ? null : oracle.DefaultRouter(port)!.Id,
        });
    }

    private void RemoveFloatingIp()
    {
        if (Pick(Topology.FloatingIps.Values) is { } floatingIp)
        {
            _cloud.RemoveFloatingIp(floatingIp);
        }
    }

    private void Disassociate(IEnumerable<FloatingIp> floatingIps)
    {
        foreach (FloatingIp floatingIp in floatingIps.ToArray())
        {
            _cloud.Put(floatingIp with { PortId = null, FixedIpAddress = null, RouterId = null });
        }
    }

    private void Change<T>(T? resource, Func<T, T> change)
        where T : Resource
    {
        if (resource is not null)
        {
            _cloud.Put(change(resource));
        }
    }

    private IEnumerable<SecurityGroup> RandomGroups() => Topology.SecurityGroups.Values.OrderBy(static g => g.Id).Where(_ => Chance(45));

    private string[] Gateways(Router router)
    {
        string[] hosts = [.. router.Distributed ? s_gateways : s_centralGateways];
        _random.Shuffle(hosts);
        return hosts[..(Chance(50) ? 2 : 1)];
    }

    private static string ModeOf(string host) => host switch
    {
        ['g', ..] => AgentModes.DvrSnat,
        ['l', ..] => AgentModes.Legacy,
        "c3" => AgentModes.DvrNoExternal,
        _ => AgentModes.Dvr,
    };

    private Subnet SubnetOf(Network network) => Topology.Subnets.Values.First(s => s.NetworkId == network.Id);

    private bool Chance(int percent) => _random.Next(100) < percent;

    /// <summary>What is down comes up soon, or little would be left to look at.</summary>
    private T? PickDown<T>(IEnumerable<T> items, Func<T, bool> up)
        where T : class => (Chance(80) ? Pick(items.Where(item => !up(item))) : null) ?? Pick(items);

    /// <summary>Sorted first: the order of an immutable dictionary follows hash codes, and a seed is to say everything.</summary>
    private T? Pick<T>(IEnumerable<T> items)
        where T : class
    {
        T[] all = [.. items.OrderBy(static item => item is Resource resource ? resource.Id : Guid.Empty)];
        return all.Length == 0 ? null : all[_random.Next(all.Length)];
    }
}

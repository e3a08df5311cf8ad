using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;
using Vicinal.Packets;

namespace Vicinal.Simulation.Tests.Modes;

/// <summary>
/// A random cloud of routers of every kind: centralized and distributed, with and without standby, over networks of every type, IPv4 and IPv6, with
/// instances on computes and on gateway nodes. No two networks of one router overlap, and the rules let everything pass.
/// </summary>
internal sealed class ModeTopology
{
    private static readonly string[] s_types = ["geneve", "vxlan", "vlan"];
    private static readonly string[] s_gateways = ["g1", "g2"];

    private readonly Random _random;
    private readonly SecurityGroup _open;
    private readonly Dictionary<Guid, string> _active = [];

    public ModeTopology(Random random)
    {
        _random = random;
        foreach (string host in (string[])["c1", "c2"])
        {
            Builder.AddAgent(host, "dvr", "physnet1");
        }

        Builder.AddAgent("c3", "dvr_no_external", "physnet1");
        foreach (string host in s_gateways)
        {
            Builder.AddAgent(host, "dvr_snat", "physnet1");
        }

        _open = AddOpenGroup();
        External = Builder.AddExternalNetwork();
        PublicV4 = Builder.AddSubnet(External, "203.0.113.0/24");
        PublicV6 = Builder.AddSubnet(External, "2001:db8:203::/64");
        int routers = random.Next(1, 4);
        for (int i = 1; i <= routers; i++)
        {
            AddRouter(i);
        }

        AddNetwork(null, 99);
    }

    public CloudBuilder Builder { get; } = new();

    public Network External { get; }

    public Subnet PublicV4 { get; }

    public Subnet PublicV6 { get; }

    public List<Port> Instances { get; } = [];

    public List<FloatingIp> FloatingIps { get; } = [];

    /// <summary>The router of each network that has one.</summary>
    public Dictionary<Guid, Guid> RouterOf { get; } = [];

    public Router Router(Guid id) => Builder.Topology.Routers[id];

    /// <summary>The gateway node that was agreed on: any of those that are scheduled.</summary>
    public string Active(Guid router) => _active[router];

    private void AddRouter(int number)
    {
        Router router = Builder.AddRouter(distributed: _random.Next(2) == 0);
        string[] nodes = [.. s_gateways];
        _random.Shuffle(nodes);
        string[] hosts = _random.Next(2) == 0 ? nodes : nodes[..1];
        bool outside = _random.Next(4) > 0;
        router = outside
            ? Builder.SetGateway(router, External, [PublicV4, PublicV6], hosts)
            : Builder.Put(router with { GatewayBindings = hosts.Select((host, i) => new GatewayBinding(host, 9 - i)).ToValueList() });
        _active[router.Id] = hosts[_random.Next(hosts.Length)];
        int networks = _random.Next(1, 4);
        for (int i = 0; i < networks; i++)
        {
            AddNetwork(router, (number * 10) + i);
        }

        Port[] candidates = [.. Instances.Where(port => RouterOf.GetValueOrDefault(port.NetworkId) == router.Id)];
        foreach (Port port in outside ? candidates.Where(_ => _random.Next(3) == 0) : [])
        {
            FloatingIps.Add(Builder.AddFloatingIp(External, PublicV4, router, port));
        }
    }

    private void AddNetwork(Router? router, int number)
    {
        string type = s_types[_random.Next(s_types.Length)];
        Network network = Builder.AddNetwork(type, type == "vlan" ? "physnet1" : null);
        Subnet v4 = Builder.AddSubnet(network, $"10.{number}.0.0/24");
        Subnet v6 = Builder.AddSubnet(network, $"2001:db8:{number}::/64");
        if (router is not null)
        {
            RouterOf[network.Id] = router.Id;
            Builder.AddInterface(router, network, v4);
            Builder.AddInterface(router, network, v6);
        }

        string[] hosts = ["c1", "c2", "c3", "c1", "c2", "c3", "g1", "g2"];
        for (int i = _random.Next(1, 4); i > 0; i--)
        {
            Instances.Add(Builder.AddPort(network, hosts[_random.Next(hosts.Length)], [v4, v6], _open));
        }
    }

    private SecurityGroup AddOpenGroup()
    {
        SecurityGroup group = Builder.AddGroup();
        foreach (string direction in (string[])["ingress", "egress"])
        {
            SecurityGroupRule rule = Builder.AddRule(group, direction);
            Builder.Put(rule with { Id = Builder.NewId(), EtherType = "IPv6" });
        }

        return group;
    }
}

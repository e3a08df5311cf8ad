using Vicinal.Compiler;
using Vicinal.Datapath;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;
using Vicinal.Packets;
using Vicinal.Simulation.Tests.Cloud;
using Vicinal.Simulation.Tests.Fabric;

namespace Vicinal.Simulation.Tests.Modes;

/// <summary>A random topology, compiled and running in memory at peace, with the internet on the wire; and what each node sent of each probe.</summary>
internal sealed class ModeCloud
{
    /// <summary>With it nodes wait to be told who serves.</summary>
    private static readonly GatewayPolicyRow s_policy = new(["g1", "g2", "c1"], 1, 10, 3, 40, 10, true);

    private readonly Dictionary<Guid, SimHost> _guests = [];
    private readonly Dictionary<uint, SortedSet<string>> _touched = [];
    private readonly Dictionary<MacAddress, SortedSet<string>> _wireMacs = [];
    private uint _lastProbe;

    /// <param name="mutation">Changes the rows on their way to a node; null for none.</param>
    public ModeCloud(Random random, Mutation? mutation)
    {
        Topology = new ModeTopology(random);
        Network = new SimulatedNetwork(random) { Sent = Note };
        Step step = Topology.Builder.Publish();
        ForwardingSnapshot rows = ForwardingCompiler.Full(step.After).Snapshot;
        foreach (Agent agent in step.After.Agents.Values.OrderBy(static agent => agent.Host))
        {
            NodeMode mode = agent.Mode switch { "dvr" => NodeMode.Dvr, "dvr_snat" => NodeMode.DvrSnat, _ => NodeMode.DvrNoExternal };
            SimulatedNode node = new(Network, random, agent.Host, agent.TunnelAddress, mode, (_, _) => { }, elects: true);
            Network.Add(node);
            node.Feed([.. RowFeed.Everything(agent.Host, rows).Append(new RowChange(s_policy.Unit, s_policy.Key, s_policy)).Select(change => mutation is null ? change : mutation.Apply(agent.Host, change))]);
        }

        foreach (SimulatedNode node in Network.Nodes)
        {
            node.Node.SetActiveGateways([.. step.After.Routers.Keys.Select(router => new ActiveGateway(router, Topology.Active(router)))], Network.Now);
        }

        Internet = Connect();
        foreach (Port port in Topology.Instances)
        {
            Plug(port);
        }

        Network.Advance(2000);
        _wireMacs.Clear();
    }

    public ModeTopology Topology { get; }

    public SimulatedNetwork Network { get; }

    public SimHost Internet { get; }

    public static IpAddress InternetV4 { get; } = IpAddress.Parse("198.51.100.7");

    public static IpAddress InternetV6 { get; } = IpAddress.Parse("2001:db8:198::7");

    /// <summary>The nodes that sent frames with a MAC onto the wire.</summary>
    public IReadOnlyDictionary<MacAddress, SortedSet<string>> WireMacs => _wireMacs;

    /// <summary>Every frame that came onto the wire from a node.</summary>
    public List<(string Host, byte[] Frame)> OnWire { get; } = [];

    public SimHost GuestOf(Port port) => _guests[port.Id];

    /// <summary>A ping and its answer.</summary>
    /// <returns>Whether the answer came, and the nodes that handled the one or the other.</returns>
    public (bool Answered, IReadOnlyCollection<string> Touched) Ping(SimHost from, IpAddress source, IpAddress to)
    {
        uint number = ++_lastProbe;
        from.Inbox.Clear();
        FrameEnds ends = from.EndsTo(to) with { Source = source };
        from.SendIp(PacketBuilder.EchoRequest(in ends, (ushort)number, 1, Probe.Payload(number)));
        Network.Advance(60);
        bool answered = from.Inbox.Any(got => got.Headers.Source == to && got.Headers.IsIcmp && Probe.Find(got.Frame) == number);
        return (answered, _touched.GetValueOrDefault(number, []));
    }

    private SimHost Connect()
    {
        SimHost host = new("internet", MacAddress.Parse("52:54:00:00:00:01", null),
            InterfaceSetting.Of($"{InternetV4}/32"), InterfaceSetting.Of("203.0.113.1/24", "203.0.113.254"),
            InterfaceSetting.Of($"{InternetV6}/128"), InterfaceSetting.Of("2001:db8:203::1/64", "2001:db8:203::fe"));
        foreach ((Guid network, Guid router) in Topology.RouterOf)
        {
            Topology all = Topology.Builder.Topology;
            Subnet inside = all.SubnetsByNetwork[network].Select(id => all.Subnets[id]).Single(subnet => !subnet.Cidr.IsIpv4);
            if (all.Routers[router].Gateway is { } gateway)
            {
                host.Routes[inside.Cidr] = all.Ports[gateway.PortId].FixedIps.Single(ip => ip.Address.IsIpv6).Address;
            }
        }

        host.Transmit = Network.Connect(host.Receive);
        return host;
    }

    private void Plug(Port port)
    {
        Topology all = Topology.Builder.Topology;
        SimHost guest = new($"vm {port.FixedIps[0].Address}", port.MacAddress,
            [.. port.FixedIps.Select(ip => InterfaceSetting.Of($"{ip.Address}/{all.Subnets[ip.SubnetId].Cidr.Length}", all.Subnets[ip.SubnetId].GatewayIp.ToString()))]);
        _guests[port.Id] = guest;
        Network.Nodes.First(node => node.Host == port.BindingHostId).Attach(port.Id, guest);
    }

    private void Note(SimulatedNode node, OutputKind kind, byte[] bytes)
    {
        if (Probe.Find(bytes) is { } number)
        {
            if (!_touched.TryGetValue(number, out SortedSet<string>? nodes))
            {
                _touched[number] = nodes = new SortedSet<string>(StringComparer.Ordinal);
            }

            nodes.Add(node.Host);
        }

        if (kind == OutputKind.Physical && PacketHeaders.Parse(bytes, out PacketHeaders headers) == ParseResult.Ok)
        {
            OnWire.Add((node.Host, bytes));
            if (!_wireMacs.TryGetValue(headers.SourceMac, out SortedSet<string>? nodes))
            {
                _wireMacs[headers.SourceMac] = nodes = new SortedSet<string>(StringComparer.Ordinal);
            }

            nodes.Add(node.Host);
        }
    }
}

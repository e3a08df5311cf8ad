using Vicinal.Compiler;
using Vicinal.Datapath;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;
using Vicinal.Packets;
using Vicinal.Simulation.Tests.Fabric;

namespace Vicinal.Simulation.Tests.Cloud;

/// <summary>
/// A whole cloud in memory: the topology that users edit, the compiler, six nodes of every mode that are sent rows when the network pleases,
/// instances with stacks of their own, and the internet on the provider wire.
/// </summary>
internal sealed class SimulatedCloud
{
    private readonly Random _random;
    private readonly CloudBuilder _builder = new();
    private readonly ForwardingCompiler _compiler = new();
    private readonly Dictionary<Guid, (SimHost Guest, string Host)> _instances = [];
    private readonly Dictionary<Guid, int> _moves = [];
    private int _lastMove;

    public SimulatedCloud(Random random)
    {
        _random = random;
        Network = new SimulatedNetwork(random);
        Edits = new CloudEdits(_builder, random);
        foreach (Agent agent in _builder.Topology.Agents.Values.OrderBy(static a => a.Host))
        {
            Network.Add(new SimulatedNode(
                Network, random, agent.Host, agent.TunnelAddress, ModeOf(agent), Delivered));
        }

        Internet = new SimHost("internet", MacAddress.Parse("52:54:00:00:00:01", null),
            InterfaceSetting.Of("198.51.100.7/32"), InterfaceSetting.Of("203.0.113.1/24", "203.0.113.254"));
        Internet.Transmit = Network.Connect(frame =>
        {
            Hear(frame);
            Internet.Receive(frame);
        });
        Publish();
    }

    public SimulatedNetwork Network { get; }

    public CloudEdits Edits { get; }

    public SimHost Internet { get; }

    public IpAddress InternetAddress { get; } = IpAddress.Parse("198.51.100.7");

    public Topology Topology { get; private set; } = Topology.Empty;

    public IEnumerable<Port> Instances => Edits.Instances();

    /// <summary>Where each probe was seen, with the source address that the receiver saw; the internet is <see cref="Guid.Empty"/>.</summary>
    public Dictionary<uint, List<(Guid Port, IpAddress Source)>> Arrivals { get; } = [];

    /// <summary>Nodes that answered ARP on the wire, by the address that they answered for.</summary>
    public List<(IpAddress Address, MacAddress Mac)> ArpAnswers { get; } = [];

    public SimHost GuestOf(Port port) => _instances[port.Id].Guest;

    /// <summary>Compiles what was edited and lets rows and taps follow in their own time.</summary>
    public void Publish()
    {
        Step step = _builder.Publish();
        CompileResult result = _compiler.Apply(step.Before, step.After, step.Changes);
        Topology = step.After;
        foreach (SimulatedNode node in Network.Nodes)
        {
            if (RowFeed.ChangesFor(node.Host, result) is { Length: > 0 } changes)
            {
                node.Feed(changes);
            }
        }

        MoveTaps();
    }

    public void Restart(SimulatedNode node) => node.Restart(RowFeed.Everything(node.Host, _compiler.Snapshot));

    /// <summary>Peace: all that was under way arrives, neighbours that were told nothing in the chaos forget what they knew.</summary>
    public void Settle()
    {
        Network.Faults = Faults.None;
        Network.Advance(8_000);
        Internet.ForgetNeighbors();
        foreach (Port port in Instances)
        {
            GuestOf(port).ForgetNeighbors();
        }

        Arrivals.Clear();
        ArpAnswers.Clear();
    }

    /// <summary>The walk of a ping between instances from node to node, for who reads a failure.</summary>
    public string Explain(Port from, IpAddress to)
    {
        SimHost guest = GuestOf(from);
        if (Network.Nodes.FirstOrDefault(n => n.Host == from.BindingHostId) is not { } node)
        {
            return "unbound";
        }

        IpAddress nextHop = guest.Addresses[0].Prefix.Contains(to) ? to : guest.Addresses[0].Gateway!.Value;
        if (guest.NeighborOf(nextHop) is not { } mac)
        {
            return $"{guest.Name} knows no MAC of {nextHop}";
        }

        FrameEnds ends = guest.EndsTo(to) with { DestinationMac = mac };
        TraceResult? walk = node.Trace(from.Id, PacketBuilder.EchoRequest(ends, 65_000, 1, Probe.Payload(0)));
        string text = $"{node.Host}: {Describe(walk)}";
        if (walk?.Outputs.FirstOrDefault(output => output.Kind == OutputKind.Tunnel) is { Kind: OutputKind.Tunnel } output
            && Network.Nodes.FirstOrDefault(n => n.TunnelAddress == output.Remote) is { } far)
        {
            text += $"\n{far.Host}: {Describe(far.Trace(node.TunnelAddress, output.Encapsulation, output.Bytes.ToArray()))}";
        }

        return text;
    }

    private static NodeMode ModeOf(Agent agent) => agent.Mode switch
    {
        "dvr" => NodeMode.Dvr,
        "dvr_snat" => NodeMode.DvrSnat,
        "dvr_no_external" => NodeMode.DvrNoExternal,
        _ => NodeMode.Legacy,
    };

    private static string Describe(TraceResult? walk) => walk is null
        ? "not wired"
        : string.Join("; ", walk.Steps.Select(step => $"{step.Stage}: {step.What}").Append($"{walk.Disposition} {walk.DropReason}"));

    /// <summary>Taps follow the binding as hypervisors move instances: some time later.</summary>
    private void MoveTaps()
    {
        HashSet<Guid> present = [];
        foreach (Port port in Instances)
        {
            present.Add(port.Id);
            if (!_instances.TryGetValue(port.Id, out (SimHost Guest, string Host) instance))
            {
                Subnet subnet = Topology.Subnets[port.FixedIps[0].SubnetId];
                SimHost guest = new($"vm {port.FixedIps[0].Address}", port.MacAddress,
                    InterfaceSetting.Of($"{port.FixedIps[0].Address}/{subnet.Cidr.Length}", subnet.GatewayIp.ToString()));
                instance = (guest, "");
            }

            if (instance.Host != port.BindingHostId)
            {
                Move(port.Id, instance.Guest, port.BindingHostId);
            }

            _instances[port.Id] = (instance.Guest, port.BindingHostId);
        }

        foreach (Guid gone in _instances.Keys.Except(present).ToArray())
        {
            Move(gone, _instances[gone].Guest, "");
            _instances.Remove(gone);
        }
    }

    /// <summary>An instance is in one place at a time: what it was told before it arrived is forgotten.</summary>
    private void Move(Guid port, SimHost guest, string to)
    {
        int move = ++_lastMove;
        _moves[port] = move;
        int leave = _random.Next(100);
        Network.After(leave, () =>
        {
            if (_moves[port] == move)
            {
                foreach (SimulatedNode node in Network.Nodes)
                {
                    node.Detach(port);
                }
            }
        });
        Network.After(leave + _random.Next(100), () =>
        {
            if (_moves[port] == move)
            {
                Network.Nodes.FirstOrDefault(n => n.Host == to)?.Attach(port, guest);
            }
        });
    }

    /// <summary>A frame in a tap: to nobody but the port that it is for.</summary>
    private void Delivered(Guid portId, byte[] frame)
    {
        if (!Probe.TryRead(frame, out PacketHeaders headers, out uint number))
        {
            return;
        }

        if (_instances.TryGetValue(portId, out (SimHost Guest, string Host) instance))
        {
            headers.DestinationMac.ShouldBe(instance.Guest.Mac, $"probe {number} came to the wrong port");
            headers.Destination.ShouldBe(instance.Guest.Address, $"probe {number} came to the wrong port");
        }

        Note(number, portId, headers.Source);
    }

    private void Hear(byte[] frame)
    {
        if (PacketHeaders.Parse(frame, out PacketHeaders headers) == ParseResult.Ok && headers is { IsArp: true, ArpOperation: ArpMessage.Reply })
        {
            ArpAnswers.Add((headers.Source, headers.ArpSenderMac));
        }

        // A switch floods what it has no port for; the internet takes what is for its MAC.
        if (Probe.TryRead(frame, out PacketHeaders probe, out uint number) && probe.DestinationMac == Internet.Mac)
        {
            Note(number, Guid.Empty, probe.Source);
        }
    }

    private void Note(uint number, Guid port, IpAddress source)
    {
        if (!Arrivals.TryGetValue(number, out List<(Guid, IpAddress)>? arrivals))
        {
            Arrivals[number] = arrivals = [];
        }

        arrivals.Add((port, source));
    }
}

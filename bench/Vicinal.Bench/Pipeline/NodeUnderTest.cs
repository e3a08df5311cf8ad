using Vicinal.Datapath;
using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Bench.Pipeline;

/// <summary>
/// Node n1 with its rows, as the compiler would make them, for a cloud that has each kind of path once.
/// <code>
/// a .5 and b .6 (n1) -- net1 10.0.1.0/24 --+
///                                         router -- external 203.0.113.0/24 (NIC of n1), upstream .1, a host .200
/// c .5 (n1), d .6 (n2) - net2 10.0.2.0/24 -+        floating IPs: .10 of a, .11 of d (its node has no NIC, so n1 serves it)
/// </code>
/// </summary>
internal sealed class NodeUnderTest
{
    private readonly List<Row> _rows = [];
    private readonly PacketBuffer _packet = new();
    private int _lastId;

    /// <param name="flows">How many flows it is to hold; the tables have room for twice as many.</param>
    /// <param name="mirror">Where the flows would be replayed by the kernel; null for nowhere.</param>
    public NodeUnderTest(int flows, IFlowMirror? mirror = null)
    {
        int room = Math.Max(1 << 12, flows * 2);
        Node = new Node(
            new NodeSettings
            {
                Host = "n1",
                TunnelAddress = IpAddress.Parse("192.0.2.1"),
                Mode = NodeMode.DvrSnat,
                PhysicalNetworks = [new PhysicalNetwork("physnet1", new MacAddress(0x02_00_5E_00_00_01))],
                HashSeed = 1,
                Limits = new NodeLimits
                {
                    Flows = room,
                    Connections = new() { Total = room * 2, PerZone = room * 2, PerProject = room * 2 },
                    DecisionsPerSecond = 1_000_000_000,
                    DecisionBurst = 1_000_000_000,
                },
            },
            Output,
            mirror);
        Build();
        Node.Apply([.. _rows.Select(row => new RowChange(row.Unit, row.Key, row))], Start);
        Node.AttachPort(A.PortId, 1);
        Node.AttachPort(B.PortId, 2);
        Node.AttachPort(C.PortId, 3);
        MeetUpstream();
    }

    /// <summary>Milliseconds.</summary>
    public const long Start = 1_000_000;

    public Node Node { get; }

    public CountingOutput Output { get; } = new();

    public LocalPortRow A { get; private set; } = null!;

    public LocalPortRow B { get; private set; } = null!;

    public LocalPortRow C { get; private set; } = null!;

    public RouterInterfaceRow OnNet1 { get; private set; } = null!;

    public StaticNatRow FloatingOfA { get; private set; } = null!;

    public StaticNatRow FloatingOfD { get; private set; } = null!;

    public IpAddress AddressOfD { get; } = IpAddress.Parse("10.0.2.6");

    public IpAddress Internet { get; } = IpAddress.Parse("203.0.113.200");

    public IpAddress Upstream { get; } = IpAddress.Parse("203.0.113.1");

    public MacAddress UpstreamMac { get; } = new(0x52_54_00_00_00_01);

    private void Build()
    {
        Add(new NodeRow(NewId(), "n1", IpAddress.Parse("192.0.2.1")));
        Add(new NodeRow(NewId(), "n2", IpAddress.Parse("192.0.2.2")));
        Guid group = NewId();
        Add(new FilterGroupRow(group, true));
        Add(new FilterRuleRow(group, NewId(), FilterDirection.Egress, false, null, null, null, null, null));
        Add(new FilterRuleRow(group, NewId(), FilterDirection.Ingress, false, null, null, null, null, null));
        SegmentRow net1 = Add(new SegmentRow(NewId(), Encapsulation.Geneve, 101, null, 0, 1442, false, true));
        SegmentRow net2 = Add(new SegmentRow(NewId(), Encapsulation.Geneve, 102, null, 0, 1442, false, true));
        SegmentRow external = Add(new SegmentRow(NewId(), Encapsulation.Flat, 0, "physnet1", 0, 1500, true, true));
        A = AddPort(net1, "n1", 1, IpAddress.Parse("10.0.1.5"), group);
        B = AddPort(net1, "n1", 2, IpAddress.Parse("10.0.1.6"), group);
        C = AddPort(net2, "n1", 3, IpAddress.Parse("10.0.2.5"), group);
        LocalPortRow d = AddPort(net2, "n2", 4, AddressOfD, group);
        RouterRow router = Add(new RouterRow(NewId(), 900, true, true, [new GatewayNode("n1", 100)]));
        OnNet1 = Add(new RouterInterfaceRow(router.RouterId, NewId(), net1.NetworkId, Mac(0xF1), [On("10.0.1.1")]));
        Add(new RouterInterfaceRow(router.RouterId, NewId(), net2.NetworkId, Mac(0xF2), [On("10.0.2.1")]));
        Add(new ExternalGatewayRow(
            router.RouterId, NewId(), external.NetworkId, Mac(0xE0), [On("203.0.113.2")], [Upstream], true));
        FloatingOfA = Add(new StaticNatRow(
            router.RouterId, NewId(), external.NetworkId, IpAddress.Parse("203.0.113.10"), Mac(0xD0), A.Addresses[0], A.PortId, net1.NetworkId, "n1"));
        FloatingOfD = Add(new StaticNatRow(
            router.RouterId, NewId(), external.NetworkId, IpAddress.Parse("203.0.113.11"), Mac(0xD1), AddressOfD, d.PortId, net2.NetworkId, "n1"));
    }

    private LocalPortRow AddPort(SegmentRow network, string host, uint key, IpAddress address, Guid group)
    {
        LocalPortRow port = new(NewId(), network.NetworkId, host, key, Mac(key), [address], [], true, true, [group]);
        if (host == "n1")
        {
            Add(port);
        }

        Add(new EndpointRow(network.NetworkId, port.PortId, key, port.Mac, [address], host, false));
        return port;
    }

    /// <summary>The first packet out asks for the upstream router by ARP; the answer is the only neighbour there is to know.</summary>
    private void MeetUpstream()
    {
        Output.Keeps = true;
        FrameEnds ends = new(A.Mac, OnNet1.Mac, A.Addresses[0], Internet);
        foreach (IpAddress target in (ReadOnlySpan<IpAddress>)[Internet, IpAddress.Parse("198.51.100.7")])
        {
            Receive(PacketSource.LocalPort(1), PacketBuilder.Udp(ends with { Destination = target }, 1, 1, new byte[18]));
            if (PacketHeaders.Parse(Output.LastToNic, out PacketHeaders h) == ParseResult.Ok
                && ArpMessage.TryRead(Output.LastToNic.AsSpan(h.L3Offset), out ArpMessage ask) && ask is { Operation: ArpMessage.Request, IsGratuitous: false })
            {
                ArpMessage answer = new(ArpMessage.Reply, UpstreamMac, ask.TargetAddress, ask.SenderMac, ask.SenderAddress);
                Receive(PacketSource.Physical(0), PacketBuilder.Arp(ask.SenderMac, UpstreamMac, answer));
            }
        }

        Output.Keeps = false;
    }

    private void Receive(PacketSource source, byte[] frame)
    {
        _packet.CopyFrom(frame);
        Node.Receive(in source, _packet, Start);
    }

    private T Add<T>(T row)
        where T : Row
    {
        _rows.Add(row);
        return row;
    }

    private Guid NewId() => new(++_lastId, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

    private static MacAddress Mac(uint number) => new(0xFA_16_3E_00_00_00UL | number);

    private static InterfaceAddress On(string address) => new(IpAddress.Parse(address), 24);
}

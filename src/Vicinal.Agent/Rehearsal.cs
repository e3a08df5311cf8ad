using Vicinal.Datapath;
using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent;

/// <summary>
/// Walks packets of every usual kind through a node of its own, with a cloud made up for it, before the real one serves: the code is
/// compiled then, and an instance's first packet does not wait tens of milliseconds for that. Touches no device and no state.
/// <code>
/// a .5 and b .6 (here) -- net1 10.0.1.0/24 --+
///                                            router -- external 203.0.113.0/24 (NIC), upstream .1; floating IP .10 of a
/// c .5 (here), d .6 (there) -- 10.0.2.0/24 --+
/// </code>
/// </summary>
internal sealed class Rehearsal : IPacketOutput, IFlowMirror
{
    private const long Now = 1_000_000;

    /// <summary>Enough calls for the runtime to compile well what it first compiled quickly.</summary>
    private const int Rounds = 40;

    private static readonly MacAddress s_upstreamMac = new(0x52_54_00_00_00_01);
    private static readonly IpAddress s_here = IpAddress.Parse("192.0.2.1");
    private static readonly IpAddress s_there = IpAddress.Parse("192.0.2.2");
    private static readonly IpAddress s_upstream = IpAddress.Parse("203.0.113.1");
    private static readonly IpAddress s_internet = IpAddress.Parse("198.51.100.7");

    private readonly Node _node;
    private readonly PacketBuffer _packet = new();
    private readonly PacketBuffer[] _batch;
    private byte[] _lastToNic = [];
    private byte[] _lastToTunnel = [];
    private int _lastId;

    private Rehearsal()
    {
        _batch = [_packet];
        _node = new Node(
            new NodeSettings
            {
                Host = "here",
                TunnelAddress = s_here,
                Mode = NodeMode.DvrSnat,
                PhysicalNetworks = [new PhysicalNetwork("physnet1", new MacAddress(0x02_00_5E_00_00_01))],
                Limits = new NodeLimits { Flows = 1 << 10, Connections = new() { Total = 1 << 10 } },
            },
            this,
            this);
    }

    /// <summary>Packets that left towards ports, tunnels and NICs.</summary>
    public (int Ports, int Tunnels, int Nics) Sent { get; private set; }

    public static Rehearsal Run()
    {
        Rehearsal rehearsal = new();
        rehearsal.Perform();
        return rehearsal;
    }

    void IPacketOutput.ToPort(int device, PacketBuffer packet) => Sent = Sent with { Ports = Sent.Ports + 1 };

    void IPacketOutput.ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos)
    {
        Sent = Sent with { Tunnels = Sent.Tunnels + 1 };
        _lastToTunnel = packet.Span.ToArray();
    }

    void IPacketOutput.ToPhysical(int index, PacketBuffer packet)
    {
        Sent = Sent with { Nics = Sent.Nics + 1 };
        _lastToNic = packet.Span.ToArray();
    }

    void IPacketOutput.ToHost(int index, PacketBuffer packet)
    {
        // The made-up node has no stack of its own.
    }

    bool IFlowMirror.Put(int slot, in FlowKey key, in FlowAction action) => true;

    void IFlowMirror.Remove(int slot, in FlowKey key)
    {
        // Nothing is replayed; that there is a mirror makes the node decide the flows of answers too.
    }

    void IFlowMirror.SetGeneration(uint generationSlot, uint value)
    {
        // As above.
    }

    void IFlowMirror.PutAnswer(in NeighborAnswer answer, ReadOnlySpan<GenerationStamp> stamps)
    {
        // As above.
    }

    private void Perform()
    {
        LocalPortRow a = Build(out RouterInterfaceRow gateway, out LocalPortRow b, out LocalPortRow c, out EndpointRow d);
        FrameEnds toRouter = new(a.Mac, gateway.Mac, a.Addresses[0], gateway.Addresses[0].Address);
        FrameEnds toB = new(a.Mac, b.Mac, a.Addresses[0], b.Addresses[0]);
        FrameEnds outside = toRouter with { Destination = s_internet };
        for (ushort i = 1; i <= Rounds; i++)
        {
            foreach (IpAddress asked in (ReadOnlySpan<IpAddress>)[toRouter.Destination, toB.Destination, IpAddress.Parse("10.0.1.99")])
            {
                FromA(PacketBuilder.ArpRequest(a.Mac, a.Addresses[0], asked));
            }

            FromA(PacketBuilder.EchoRequest(in toRouter, i, 1, new byte[16]));
            Talk(toB, i);
            Talk(toRouter with { Destination = c.Addresses[0] }, i);
            Talk(toRouter with { Destination = d.Addresses[0] }, i);
            Talk(outside, i);
            AnswerArp();
            FromTunnel();
        }

        _node.Tick(Now + 1000);
    }

    /// <summary>The first packets of a ping, a datagram flow and a connection, and one more of each.</summary>
    private void Talk(FrameEnds ends, ushort number)
    {
        for (ushort sequence = 1; sequence <= 2; sequence++)
        {
            FromA(PacketBuilder.EchoRequest(in ends, number, sequence, new byte[16]));
            FromA(PacketBuilder.Udp(in ends, number, 53, new byte[16]));
            FromA(PacketBuilder.Tcp(in ends, number, 80, sequence == 1 ? TcpFlags.Syn : TcpFlags.Ack, sequence));
        }
    }

    private void FromA(byte[] frame) => Receive(PacketSource.LocalPort(1), frame);

    private void AnswerArp()
    {
        if (PacketHeaders.Parse(_lastToNic, out PacketHeaders h) == ParseResult.Ok && h.IsArp
            && ArpMessage.TryRead(_lastToNic.AsSpan(h.L3Offset), out ArpMessage ask) && ask.TargetAddress == s_upstream)
        {
            ArpMessage answer = new(ArpMessage.Reply, s_upstreamMac, s_upstream, ask.SenderMac, ask.SenderAddress);
            Receive(PacketSource.Physical(0), PacketBuilder.Arp(ask.SenderMac, s_upstreamMac, answer));
        }
    }

    /// <summary>A packet as another node would send it; whatever it is for, reading and judging it is the point.</summary>
    private void FromTunnel() => Receive(PacketSource.Tunnel(s_there, 0), _lastToTunnel);

    private void Receive(PacketSource source, byte[] frame)
    {
        _packet.CopyFrom(frame);
        _node.ReceiveBatch(in source, _batch, Now);
    }

    private LocalPortRow Build(out RouterInterfaceRow gateway, out LocalPortRow b, out LocalPortRow c, out EndpointRow d)
    {
        Guid group = NewId();
        SegmentRow net1 = new(NewId(), Encapsulation.Geneve, 101, null, 0, 1442, false, true);
        SegmentRow net2 = new(NewId(), Encapsulation.Geneve, 102, null, 0, 1442, false, true);
        SegmentRow external = new(NewId(), Encapsulation.Flat, 0, "physnet1", 0, 1500, true, true);
        RouterRow router = new(NewId(), 900, true, true);
        LocalPortRow a = PortOn(net1, 1, "10.0.1.5", group);
        b = PortOn(net1, 2, "10.0.1.6", group);
        c = PortOn(net2, 3, "10.0.2.5", group);
        d = new EndpointRow(net2.NetworkId, NewId(), 4, Mac(4), [IpAddress.Parse("10.0.2.6")], "there", false);
        gateway = new RouterInterfaceRow(router.RouterId, NewId(), net1.NetworkId, Mac(0xF1), [On("10.0.1.1")]);
        Apply(
            new NodeRow(NewId(), "here", s_here), new NodeRow(NewId(), "there", s_there), net1, net2, external, router,
            new FilterGroupRow(group, true),
            new FilterRuleRow(group, NewId(), FilterDirection.Egress, false, null, null, null, null, null),
            new FilterRuleRow(group, NewId(), FilterDirection.Ingress, false, null, null, null, null, group),
            new AddressSetMemberRow(group, a.PortId, [new IpPrefix(a.Addresses[0], 32)]),
            a, b, c, d, EndpointOf(a), EndpointOf(b), EndpointOf(c), gateway,
            new RouterInterfaceRow(router.RouterId, NewId(), net2.NetworkId, Mac(0xF2), [On("10.0.2.1")]),
            new ExternalGatewayRow(
                router.RouterId, NewId(), external.NetworkId, Mac(0xE0), [On("203.0.113.2")], [s_upstream], true),
            new StaticNatRow(
                router.RouterId, NewId(), external.NetworkId, IpAddress.Parse("203.0.113.10"), Mac(0xD0), a.Addresses[0], a.PortId, net1.NetworkId, "here"));
        _node.AttachPort(a.PortId, 1);
        _node.AttachPort(b.PortId, 2);
        _node.AttachPort(c.PortId, 3);
        return a;
    }

    private void Apply(params Row[] rows) => _node.Apply([.. rows.Select(row => new RowChange(row.Unit, row.Key, row))], Now);

    private LocalPortRow PortOn(SegmentRow network, uint key, string address, Guid group) =>
        new(NewId(), network.NetworkId, "here", key, Mac(key), [IpAddress.Parse(address)], [], true, true, [group]);

    private static EndpointRow EndpointOf(LocalPortRow port) =>
        new(port.NetworkId, port.PortId, port.PortKey, port.Mac, port.Addresses, port.Host, false);

    private Guid NewId() => new(++_lastId, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

    private static MacAddress Mac(uint number) => new(0xFA_16_3E_00_00_00UL | number);

    private static InterfaceAddress On(string address) => new(IpAddress.Parse(address), 24);
}

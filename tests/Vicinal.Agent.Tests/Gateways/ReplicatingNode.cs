using Microsoft.Extensions.Logging.Abstractions;
using Vicinal.Agent.Gateways;
using Vicinal.Agent.Gateways.Replication;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Forwarding;
using Vicinal.Gateways;
using Vicinal.Gateways.Elections;
using Vicinal.Packets;

namespace Vicinal.Agent.Tests.Gateways;

/// <summary>
/// A gateway node with an instance, a data-path thread and a replication link on a loopback address of its own. The instance's datagrams to the internet
/// are connections of the router, where the node serves it.
/// </summary>
internal sealed class ReplicatingNode : IPacketOutput, IDisposable
{
    public static readonly Guid RouterId = new(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5);

    private static readonly Guid s_net = new(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5);
    private static readonly Guid s_external = new(3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5);
    private static readonly MacAddress s_instance = new(0xFA_16_3E_00_00_05);
    private static readonly MacAddress s_router = new(0xFA_16_3E_00_00_01);
    private static readonly MacAddress s_upstream = new(0x52_54_00_00_00_01);
    private static readonly IpAddress s_gateway = IpAddress.Parse("203.0.113.1");

    private readonly string _host;
    private readonly PacketBuffer _packet = new();
    private byte[] _toNic = [];

    public ReplicatingNode(int number, ulong incarnation)
    {
        _host = $"g{number}";
        Thread = new DataPathThread(now => Node!.Tick(now), () => Link!.Send(), NullLogger.Instance);
        IpAddress address = TestGateway.AddressOf(100 + number);
        Link = new ReplicationLink(address, TestGateway.UnderlayOf(address), incarnation, 1 << 20, Tell);
        Node = new Node(
            new NodeSettings
            {
                Host = _host,
                TunnelAddress = address,
                Mode = NodeMode.DvrSnat,
                ElectsGateways = true,
                PhysicalNetworks = [new PhysicalNetwork("physnet1", new MacAddress(0x02_00_5E_00_00_01))],
                Limits = new NodeLimits { Connections = new() { PerZone = 1 << 18 } },
            },
            this,
            replicas: Link);
        Link.Serve(Thread, Node);
        Election = new GatewayElection(new GatewaySettings(_host, incarnation, number), MonotonicTimer.Now);
        Thread.Start();
    }

    public DataPathThread Thread { get; }

    public Node Node { get; }

    public ReplicationLink Link { get; }

    /// <summary>What the link tells goes here; it takes no part.</summary>
    public GatewayElection Election { get; }

    public int Connections => Ask(() => Node.ConnectionCount);

    public bool IsInFull(string active) => Ask(() => Link.Actives.Any(stream => stream.Host == active && stream.Complete.Contains(RouterId)));

    public void Apply(params string[] hosts) => Ask(() =>
    {
        RowChange[] rows = [.. Rows(hosts).Select(row => new RowChange(row.Unit, row.Key, row))];
        Node.Apply(rows, DataPathThread.Now);
        Link.Apply(rows);
        Node.AttachPort(new Guid(4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5), 1);
        return true;
    });

    public void SetActive(string host, uint turn) => Ask(() =>
    {
        Link.SetActives([new ActiveChange(RouterId, host, new Epoch(1, turn), host == _host, ActiveReason.Claimed, 1)]);
        Node.SetActiveGateways([new ActiveGateway(RouterId, host)], DataPathThread.Now);
        return true;
    });

    public void Replicate(string standby) => Ask(() =>
    {
        Link.Replicate(new ReplicationChange(RouterId, standby, true));
        return true;
    });

    /// <summary>Opens connections from the instance to the internet, from source ports of their own.</summary>
    public void Open(int first, int count) => Ask(() =>
    {
        for (int i = first; i < first + count; i++)
        {
            FrameEnds ends = new(s_instance, s_router, IpAddress.Parse("10.0.1.5"), IpAddress.FromIpv4(0xC633_6400u + (uint)(i >> 14)));
            Receive(PacketSource.LocalPort(1), PacketBuilder.Udp(in ends, (ushort)(1024 + (i & 0x3FFF)), 53, new byte[8]));
            AnswerArp();
        }

        return true;
    });

    public T Ask<T>(Func<T> question) => Thread.Ask(question).GetAwaiter().GetResult();

    void IPacketOutput.ToPort(int device, PacketBuffer packet)
    {
        // The instance hears nothing.
    }

    void IPacketOutput.ToTunnel(IpAddress remote, Encapsulation encapsulation, PacketBuffer packet, uint flowHash, byte tos)
    {
        // There is nobody behind.
    }

    void IPacketOutput.ToPhysical(int index, PacketBuffer packet) => _toNic = packet.Length < 64 ? packet.Span.ToArray() : _toNic;

    void IPacketOutput.ToHost(int index, PacketBuffer packet)
    {
        // As above.
    }

    public void Dispose()
    {
        Thread.Dispose();
        Link.Dispose();
    }

    private void Tell(GatewayInput input) => input(Election, MonotonicTimer.Now, new GatewayEffects());

    private void AnswerArp()
    {
        if (_toNic.Length > 0 && PacketHeaders.Parse(_toNic, out PacketHeaders h) == ParseResult.Ok && h.IsArp
            && ArpMessage.TryRead(_toNic.AsSpan(h.L3Offset), out ArpMessage ask) && ask.TargetAddress == s_gateway)
        {
            ArpMessage answer = new(ArpMessage.Reply, s_upstream, s_gateway, ask.SenderMac, ask.SenderAddress);
            Receive(PacketSource.Physical(0), PacketBuilder.Arp(ask.SenderMac, s_upstream, answer));
        }

        _toNic = [];
    }

    private void Receive(PacketSource source, byte[] frame)
    {
        _packet.CopyFrom(frame);
        Node.Receive(in source, _packet, DataPathThread.Now);
    }

    private IEnumerable<Row> Rows(string[] hosts)
    {
        yield return new GatewayPolicyRow(["g1", "g2"], 1, 10, 3, 40, 10, true);
        foreach (string host in (string[])["g1", "g2"])
        {
            int number = host[1] - '0';
            yield return new NodeRow(new Guid(number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6), host, TestGateway.AddressOf(100 + number));
        }

        if (hosts.Length == 0)
        {
            yield break;
        }

        yield return new SegmentRow(s_net, Encapsulation.Geneve, 101, null, 0, 1442, false, true);
        yield return new SegmentRow(s_external, Encapsulation.Flat, 0, "physnet1", 0, 1500, true, true);
        yield return new RouterRow(RouterId, 900, true, true, [.. hosts.Select((host, i) => new GatewayNode(host, hosts.Length - i))], GatewayLease.Short, 1);
        yield return new RouterInterfaceRow(RouterId, new Guid(7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5), s_net, s_router, [new InterfaceAddress(IpAddress.Parse("10.0.1.1"), 24)]);
        yield return new ExternalGatewayRow(
            RouterId, new Guid(8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5), s_external, new MacAddress(0xFA_16_3E_00_00_E0), [new InterfaceAddress(IpAddress.Parse("203.0.113.2"), 24)],
            [s_gateway], true);
        yield return new LocalPortRow(
            new Guid(4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5), s_net, _host, 1, s_instance, [IpAddress.Parse("10.0.1.5")], [], false, true, []);
    }
}

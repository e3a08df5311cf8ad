using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Fabric;

/// <summary>
/// A cloud with two gateway nodes that elect which of them serves, with leases that tests end and connections that are told to the other.
/// <code>
/// a 10.0.1.5 (c1), v 10.0.1.9 (g1) -- net1 --+
///                                            router -- 198.51.100.2 (g1, g2) -- external -- internet 198.51.100.200
/// b 10.0.2.5 (c2), e 10.0.2.6 (c1) -- net2 --+
/// </code>
/// The networks are tunnelled, or VLANs 101 and 102 with a machine on the first, m 10.0.1.77.
/// </summary>
internal sealed class GatewayCloud
{
    private static readonly ValueList<string> s_witnesses = ["g1", "g2", "c1"];

    public GatewayCloud(bool distributed, Encapsulation networks = Encapsulation.Geneve, GatewayLease lease = GatewayLease.Short, NodeLimits? limits = null)
    {
        C1 = AddNode("c1", NodeMode.Dvr, limits);
        C2 = AddNode("c2", NodeMode.Dvr, limits);
        G1 = AddNode("g1", NodeMode.DvrSnat, limits);
        G2 = AddNode("g2", NodeMode.DvrSnat, limits);
        G1.Replicas.To.Add(G2);
        G2.Replicas.To.Add(G1);
        Cloud.Put(new GatewayPolicyRow(s_witnesses, 1, 10, 3, 40, 10, true));
        Net1 = AddNetwork(networks, 101);
        Net2 = AddNetwork(networks, 102);
        External = Cloud.AddProviderNetwork("physnet1");
        Open = Cloud.AddAllowAllGroup();
        A = Cloud.AddPort(Net1, C1, [Open], "10.0.1.5/24>10.0.1.1", "2001:db8:1::5/64>2001:db8:1::1");
        V = Cloud.AddPort(Net1, G1, [Open], "10.0.1.9/24>10.0.1.1", "2001:db8:1::9/64>2001:db8:1::1");
        B = Cloud.AddPort(Net2, C2, [Open], "10.0.2.5/24>10.0.2.1", "2001:db8:2::5/64>2001:db8:2::1");
        E = Cloud.AddPort(Net2, C1, [Open], "10.0.2.6/24>10.0.2.1", "2001:db8:2::6/64>2001:db8:2::1");
        Router = Cloud.AddRouter();
        Router1 = Router.AddInterface(Net1, "10.0.1.1/24", "2001:db8:1::1/64");
        Router2 = Router.AddInterface(Net2, "10.0.2.1/24", "2001:db8:2::1/64");
        Router.SetGateway(
            External, ["198.51.100.2/24", "2001:db8:ffff::2/64"], ["198.51.100.1", "2001:db8:ffff::1"], true, "g1", "g2");
        Router.Change(r => r with { Distributed = distributed, Lease = lease, Schedule = 1 });
        Internet = new SimHost(
            "internet", new MacAddress(0x52_54_00_00_02_00UL),
            InterfaceSetting.Of("198.51.100.200/24", "198.51.100.1"), InterfaceSetting.Of("2001:db8:ffff::200/64", "2001:db8:ffff::1"));
        Cloud.Fabric.Connect("physnet1", Internet);
        Internet.Routes[IpPrefix.Parse("2001:db8:1::/64")] = IpAddress.Parse("2001:db8:ffff::2");
        Internet.Routes[IpPrefix.Parse("2001:db8:2::/64")] = IpAddress.Parse("2001:db8:ffff::2");
        M = new SimHost(
            "machine", new MacAddress(0x52_54_00_00_07_00UL),
            InterfaceSetting.Of("10.0.1.77/24", "10.0.1.1"), InterfaceSetting.Of("2001:db8:1::77/64", "2001:db8:1::1"));
        if (networks == Encapsulation.Vlan)
        {
            Cloud.Fabric.Connect("physnet2", M, 101);
        }

        Serve("g1");
        foreach (SimNode node in Nodes)
        {
            node.VerifiesTraces = true;
        }
    }

    public SimCloud Cloud { get; } = new();

    public Dictionary<string, SimLease> Leases { get; } = [];

    public SimNode C1 { get; }

    public SimNode C2 { get; }

    public SimNode G1 { get; }

    public SimNode G2 { get; }

    public IReadOnlyList<SimNode> Nodes => Cloud.Fabric.Nodes;

    public SegmentRow Net1 { get; }

    public SegmentRow Net2 { get; }

    public SegmentRow External { get; }

    public Guid Open { get; }

    public SimPort A { get; }

    public SimPort V { get; }

    public SimPort B { get; }

    public SimPort E { get; }

    public SimRouter Router { get; }

    public RouterInterfaceRow Router1 { get; }

    public RouterInterfaceRow Router2 { get; }

    public SimHost Internet { get; }

    /// <summary>A machine that is not the cloud's, on the wire of the first network where that is a VLAN.</summary>
    public SimHost M { get; }

    public SimNode AddNode(string host, NodeMode mode, NodeLimits? limits = null)
    {
        SimLease lease = new();
        Leases[host] = lease;
        return Cloud.AddNode(host, mode, limits, s => s with { ElectsGateways = true, GatewayLease = lease }, "physnet1", "physnet2");
    }

    public SegmentRow AddNetwork(Encapsulation kind, ushort vlan) => kind == Encapsulation.Vlan
        ? Cloud.AddProviderNetwork("physnet2", vlan, external: false)
        : Cloud.AddNetwork(kind);

    public StaticNatRow GiveFloatingIp(string address, SimPort port) =>
        Router.AddFloatingIp(External, address, port, Router.Row.Distributed ? port.Node.Host : null, !Router.Row.Distributed);

    /// <summary>All nodes hear that the host serves.</summary>
    public void Serve(string? host, SimRouter? router = null, params SimNode[] deaf)
    {
        foreach (SimNode node in Nodes.Except(deaf))
        {
            node.Node.SetActiveGateways([new ActiveGateway((router ?? Router).Id, host)], Cloud.Fabric.Now);
        }

        Run();
    }

    public void Run() => Cloud.Run();

    public void Advance(long milliseconds) => Cloud.Fabric.Advance(milliseconds);

    public bool Pings(SimHost from, string to, ushort id = 77) => Pings(from, IpAddress.Parse(to), id);

    /// <summary>Pings and says whether the answer came back.</summary>
    public bool Pings(SimHost from, IpAddress to, ushort id = 77)
    {
        from.Inbox.Clear();
        from.Ping(to, id);
        Cloud.Run();
        return from.Inbox.Any(r => r.Headers.IsIcmpQuery && r.Headers.IcmpId == id && r.Headers.Source == to);
    }

    /// <summary>
    /// The ways between nodes and out of them that IP packets took while something happened, in order: "c1>g1" through a tunnel, "g1~" onto a wire,
    /// "c2:" into a port.
    /// </summary>
    public List<string> Ways(Action what)
    {
        List<string> ways = [];
        foreach (SimNode node in Nodes)
        {
            node.Sent = (kind, remote, packet) =>
            {
                if (PacketHeaders.Parse(packet, out PacketHeaders h) == ParseResult.Ok && h.IsIp
                    && !(h.IsIpv6 && h.IsIcmp && Icmpv6Type.IsNeighborDiscovery(h.IcmpType)))
                {
                    ways.Add(kind switch
                    {
                        OutputKind.Tunnel => $"{node.Host}>{Cloud.Fabric.ByTunnelAddress(remote)!.Host}",
                        OutputKind.Port => $"{node.Host}:",
                        _ => $"{node.Host}~",
                    });
                }
            };
        }

        what();
        foreach (SimNode node in Nodes)
        {
            node.Sent = null;
        }

        return ways;
    }

    /// <summary>IP frames on the wires, without the ARP and neighbour discovery around them.</summary>
    public List<(string From, PacketHeaders Headers)> WireTraffic()
    {
        List<(string, PacketHeaders)> traffic = [];
        foreach ((string _, string from, byte[] frame) in Cloud.Fabric.Wire)
        {
            PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
            if (h.IsIp && !(h.IsIpv6 && h.IsIcmp && Icmpv6Type.IsNeighborDiscovery(h.IcmpType)) && from != Internet.Name && from != M.Name)
            {
                traffic.Add((from, h));
            }
        }

        return traffic;
    }

    /// <summary>Starts afresh: what was sent until now is not looked at.</summary>
    public void Forget()
    {
        Run();
        foreach (SimNode node in Nodes)
        {
            node.ForgetOutputs();
        }

        Cloud.Fabric.Wire.Clear();
        foreach (SimHost host in new[] { A.Host, B.Host, E.Host, V.Host, Internet, M })
        {
            host.Inbox.Clear();
            host.Seen.Clear();
        }
    }
}

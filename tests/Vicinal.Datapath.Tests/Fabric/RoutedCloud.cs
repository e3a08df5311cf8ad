using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Fabric;

/// <summary>
/// The cloud that most tests want: computes c1 and c2, gateway node g1, two tenant networks on one router, an external network with an
/// upstream router and a host on it, and instances.
/// <code>
/// a 10.0.1.5 (c1), b 10.0.1.6 (c2) -- net1 --+
///                                            router -- 198.51.100.2 (g1) -- external -- internet 198.51.100.200, upstream .1
/// c 10.0.2.5 (c2), d 10.0.2.6 (c1) -- net2 --+
/// </code>
/// </summary>
internal sealed class RoutedCloud
{
    public RoutedCloud(NodeLimits? limits = null)
    {
        C1 = Cloud.AddNode("c1", NodeMode.Dvr, limits, "physnet1");
        C2 = Cloud.AddNode("c2", NodeMode.Dvr, limits, "physnet1");
        G1 = Cloud.AddNode("g1", NodeMode.DvrSnat, limits, "physnet1");
        Net1 = Cloud.AddNetwork();
        Net2 = Cloud.AddNetwork();
        External = Cloud.AddProviderNetwork("physnet1");
        Open = Cloud.AddAllowAllGroup();
        A = Cloud.AddPort(Net1, C1, [Open], "10.0.1.5/24>10.0.1.1", "2001:db8:1::5/64>2001:db8:1::1");
        B = Cloud.AddPort(Net1, C2, [Open], "10.0.1.6/24>10.0.1.1", "2001:db8:1::6/64>2001:db8:1::1");
        C = Cloud.AddPort(Net2, C2, [Open], "10.0.2.5/24>10.0.2.1", "2001:db8:2::5/64>2001:db8:2::1");
        D = Cloud.AddPort(Net2, C1, [Open], "10.0.2.6/24>10.0.2.1", "2001:db8:2::6/64>2001:db8:2::1");
        Router = Cloud.AddRouter();
        Router1 = Router.AddInterface(Net1, "10.0.1.1/24", "2001:db8:1::1/64");
        Router2 = Router.AddInterface(Net2, "10.0.2.1/24", "2001:db8:2::1/64");
        Router.SetGateway(
            External, ["198.51.100.2/24", "2001:db8:ffff::2/64"], ["198.51.100.1", "2001:db8:ffff::1"], true, "g1");
        Internet = AddExternalHost(0x200, "198.51.100.200/24>198.51.100.1", "2001:db8:ffff::200/64>2001:db8:ffff::1");

        // The upstream knows the tenant's public IPv6 prefixes behind the router.
        Internet.Routes[IpPrefix.Parse("2001:db8:1::/64")] = IpAddress.Parse("2001:db8:ffff::2");
        Internet.Routes[IpPrefix.Parse("2001:db8:2::/64")] = IpAddress.Parse("2001:db8:ffff::2");
    }

    public SimCloud Cloud { get; } = new();

    public SimNode C1 { get; }

    public SimNode C2 { get; }

    public SimNode G1 { get; }

    public SegmentRow Net1 { get; }

    public SegmentRow Net2 { get; }

    public SegmentRow External { get; }

    public Guid Open { get; }

    public SimPort A { get; }

    public SimPort B { get; }

    public SimPort C { get; }

    public SimPort D { get; }

    public SimRouter Router { get; }

    public RouterInterfaceRow Router1 { get; }

    public RouterInterfaceRow Router2 { get; }

    public SimHost Internet { get; }

    public SimHost AddExternalHost(uint number, params string[] addresses)
    {
        SimHost host = new(
            $"ext{number}", new MacAddress(0x52_54_00_00_00_00UL | number),
            [.. addresses.Select(a => a.Split('>')).Select(a => InterfaceSetting.Of(a[0], a.Length > 1 ? a[1] : null))]);
        Cloud.Fabric.Connect("physnet1", host);
        return host;
    }

    public StaticNatRow GiveFloatingIp(string address, SimPort port) => Router.AddFloatingIp(External, address, port, port.Node.Host);

    /// <summary>Starts afresh: what was sent until now is not looked at.</summary>
    public void Forget()
    {
        Cloud.Run();
        foreach (SimNode node in Cloud.Fabric.Nodes)
        {
            node.ForgetOutputs();
        }

        Cloud.Fabric.Wire.Clear();
        foreach (SimHost host in new[] { A.Host, B.Host, C.Host, D.Host, Internet })
        {
            host.Inbox.Clear();
            host.Seen.Clear();
        }
    }

    public void Run() => Cloud.Run();

    /// <summary>IP frames on the wire, without the ARP and neighbour discovery around them.</summary>
    public IReadOnlyList<(string From, PacketHeaders Headers)> WireTraffic()
    {
        List<(string, PacketHeaders)> traffic = [];
        foreach ((string _, string from, byte[] frame) in Cloud.Fabric.Wire)
        {
            PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
            if (h.IsIp && !(h.IsIpv6 && h.IsIcmp && Icmpv6Type.IsNeighborDiscovery(h.IcmpType)))
            {
                traffic.Add((from, h));
            }
        }

        return traffic;
    }

    /// <summary>Pings and says whether the answer came back.</summary>
    public bool Pings(SimHost from, IpAddress to, ushort id = 77)
    {
        from.Inbox.Clear();
        from.Ping(to, id);
        Cloud.Run();
        return from.Inbox.Any(r => r.Headers.IsIcmpQuery && r.Headers.IcmpId == id && r.Headers.Source == to);
    }

    public bool Pings(SimHost from, string to, ushort id = 77) => Pings(from, IpAddress.Parse(to), id);
}

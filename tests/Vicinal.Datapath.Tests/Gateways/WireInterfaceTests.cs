using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Gateways;

/// <summary>A distributed router's interface on a VLAN: every node's own, and one node's on the wire, so that machines there can use the router too.</summary>
public sealed class WireInterfaceTests
{
    private readonly GatewayCloud _cloud = new(distributed: true, Encapsulation.Vlan);
    private readonly SimPort _t;

    public WireInterfaceTests()
    {
        SegmentRow tunnelled = _cloud.Cloud.AddNetwork();
        _cloud.Router.AddInterface(tunnelled, "10.0.5.1/24", "2001:db8:5::1/64");
        _t = _cloud.Cloud.AddPort(tunnelled, _cloud.C2, [_cloud.Open], "10.0.5.5/24>10.0.5.1", "2001:db8:5::5/64>2001:db8:5::1");
    }

    [Theory]
    [InlineData("10.0.2.5")]
    [InlineData("2001:db8:2::5")]
    [InlineData("10.0.5.5")]
    [InlineData("2001:db8:5::5")]
    [InlineData("10.0.1.1")]
    [InlineData("2001:db8:1::1")]
    public void A_machine_on_the_vlan_uses_the_router(string destination)
    {
        _cloud.Forget();
        _cloud.Pings(_cloud.M, destination).ShouldBeTrue();
        _cloud.Pings(_cloud.M, destination, 78).ShouldBeTrue();
        OnlyTheActiveGatewayShowsTheRoutersMac("g1");
        _cloud.M.NeighborOf(IpAddress.Parse(destination.Contains(':', StringComparison.Ordinal) ? "2001:db8:1::1" : "10.0.1.1")).ShouldBe(_cloud.Router1.Mac);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Instances_elsewhere_reach_the_machine_straight_from_their_node(bool ipv6)
    {
        string machine = ipv6 ? "2001:db8:1::77" : "10.0.1.77";
        _cloud.Forget();
        _cloud.Ways(() => _cloud.Pings(_t.Host, machine).ShouldBeTrue()).ShouldBe(["c2~", "g1>c2", "c2:"]);
        _cloud.M.Inbox[^1].Headers.SourceMac.ShouldBe(SimCloud.NicMac(2, 1));
        _cloud.Ways(() => _cloud.Pings(_cloud.B.Host, machine).ShouldBeTrue()).ShouldBe(["c2~", "g1~", "c2:"]);
        OnlyTheActiveGatewayShowsTheRoutersMac("g1");
    }

    [Fact]
    public void East_west_between_instances_touches_no_gateway()
    {
        _cloud.Ways(() => _cloud.Pings(_cloud.A.Host, "10.0.2.5").ShouldBeTrue()).ShouldBe(["c1~", "c2:", "c2~", "c1:"]);
        _cloud.Ways(() => _cloud.Pings(_cloud.A.Host, "10.0.5.5").ShouldBeTrue()).ShouldBe(["c1>c2", "c2:", "c2~", "c1:"]);
        _cloud.Ways(() => _cloud.Pings(_cloud.A.Host, "10.0.1.1").ShouldBeTrue()).ShouldBe(["c1:"]);
        OnlyTheActiveGatewayShowsTheRoutersMac("g1");
    }

    [Fact]
    public void The_interface_moves_with_the_role()
    {
        _cloud.Pings(_cloud.M, "10.0.2.5").ShouldBeTrue();
        _cloud.Pings(_cloud.V.Host, "10.0.1.77").ShouldBeTrue();
        _cloud.Forget();
        _cloud.Serve("g2");
        _cloud.Cloud.Fabric.Wire.ShouldContain(w => w.Network == "physnet2" && w.From == "g2" && HeadersOf(w.Frame).SourceMac == _cloud.Router1.Mac);
        _cloud.Pings(_cloud.M, "10.0.2.5").ShouldBeTrue();
        _cloud.Pings(_cloud.M, "10.0.5.5").ShouldBeTrue();
        OnlyTheActiveGatewayShowsTheRoutersMac("g2");
        _cloud.G1.Node.Owned.ShouldNotContain(o => o.Mac == _cloud.Router1.Mac);
        _cloud.G2.Node.Owned.Select(o => o.Mac).ShouldContain(_cloud.Router1.Mac);
        _cloud.Router.Interfaces[2].Mac.ShouldNotBeOneOf([.. _cloud.G2.Node.Owned.Select(o => o.Mac)]);
    }

    [Fact]
    public void Without_the_lease_the_gateway_node_routes_for_its_instances_as_any_node()
    {
        _cloud.Pings(_cloud.V.Host, "10.0.1.77").ShouldBeTrue();
        _cloud.Pings(_cloud.M, "10.0.2.5").ShouldBeTrue();
        _cloud.Leases["g1"].Runs = false;
        _cloud.Forget();
        _cloud.Pings(_cloud.M, "10.0.2.5").ShouldBeFalse();
        _cloud.V.Host.SendUdp(IpAddress.Parse("10.0.2.5"), 4000, 53);
        _cloud.Run();
        _cloud.B.Host.Inbox.ShouldHaveSingleItem().Headers.SourceMac.ShouldBe(SimCloud.NicMac(3, 1));
    }

    [Fact]
    public void A_router_without_gateway_nodes_has_nobody_on_the_wire()
    {
        SegmentRow vlan = _cloud.AddNetwork(Encapsulation.Vlan, 109);
        _cloud.Cloud.AddRouter((vlan, "10.0.9.1/24"), (_cloud.Net2, "10.0.2.254/24"));
        SimPort here = _cloud.Cloud.AddPort(vlan, _cloud.C1, [_cloud.Open], "10.0.9.5/24>10.0.9.1");
        SimHost machine = new("m9", new MacAddress(0x52_54_00_00_09_00UL), InterfaceSetting.Of("10.0.9.77/24", "10.0.9.1"));
        _cloud.Cloud.Fabric.Connect("physnet2", machine, 109);
        _cloud.Pings(here.Host, "10.0.9.1").ShouldBeTrue();
        _cloud.Pings(machine, "10.0.9.1").ShouldBeFalse();
    }

    [Fact]
    public void A_legacy_node_leaves_the_routing_to_the_active_gateway()
    {
        SimNode l1 = _cloud.AddNode("l1", NodeMode.Legacy);
        _cloud.Serve("g1");
        SimPort a = _cloud.Cloud.AddPort(_cloud.Net1, l1, [_cloud.Open], "10.0.1.20/24>10.0.1.1");
        SimPort t = _cloud.Cloud.AddPort(_cloud.Cloud.Rows.OfType<SegmentRow>().Single(r => r.NetworkId == _t.Row.NetworkId), l1, [_cloud.Open], "10.0.5.20/24>10.0.5.1");
        _cloud.Ways(() => _cloud.Pings(a.Host, _t.Address).ShouldBeTrue()).ShouldBe(["l1~", "g1>c2", "c2:", "c2~", "l1:"]);
        _cloud.Ways(() => _cloud.Pings(t.Host, _t.Address).ShouldBeTrue()).ShouldBe(["l1>c2", "c2:", "c2>l1", "l1:"], "one network");
        _cloud.Ways(() => _cloud.Pings(t.Host, "10.0.2.5").ShouldBeTrue()).ShouldBe(["l1>g1", "g1~", "c2:", "c2>l1", "l1:"]);
        _cloud.Ways(() => _cloud.Pings(t.Host, _cloud.Internet.Address).ShouldBeTrue()).ShouldBe(["l1>g1", "g1~", "g1>l1", "l1:"]);
        _cloud.Ways(() => _cloud.Pings(t.Host, "10.0.5.1").ShouldBeTrue()).ShouldBe(["l1>g1", "g1>l1", "l1:"]);
    }

    [Theory]
    [InlineData(NodeMode.Legacy)]
    [InlineData(NodeMode.DvrNoExternal)]
    public void A_node_without_a_part_in_external_networks_owns_no_floating_ip(NodeMode mode)
    {
        SimNode node = _cloud.AddNode("x1", mode);
        SimPort port = _cloud.Cloud.AddPort(_cloud.Net1, node, [_cloud.Open], "10.0.1.20/24>10.0.1.1");
        StaticNatRow nat = _cloud.Router.AddFloatingIp(_cloud.External, "198.51.100.10", port, "x1");
        node.Node.Owned.ShouldNotContain(o => o.Mac == nat.ExternalMac);
        _cloud.Pings(_cloud.Internet, nat.ExternalAddress).ShouldBeFalse();
    }

    private void OnlyTheActiveGatewayShowsTheRoutersMac(string node) => _cloud.Cloud.Fabric.Wire
        .Where(w => _cloud.Router.Interfaces.Any(i => i.Mac == HeadersOf(w.Frame).SourceMac))
        .ShouldAllBe(w => w.From == node);

    private static PacketHeaders HeadersOf(byte[] frame)
    {
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        return h;
    }
}

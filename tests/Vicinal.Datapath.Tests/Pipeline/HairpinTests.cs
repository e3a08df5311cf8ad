using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class HairpinTests
{
    private static readonly IpAddress s_fipA = IpAddress.Parse("198.51.100.10");
    private readonly RoutedCloud _cloud = new();

    public HairpinTests() => _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);

    [Fact]
    public void A_ping_to_the_own_floating_ip_comes_back()
    {
        _cloud.Forget();
        _cloud.A.Host.Ping(s_fipA, 5);
        _cloud.Run();

        _cloud.A.Host.Inbox.Count.ShouldBe(2);
        _cloud.A.Host.Inbox[0].Headers.Source.ShouldBe(s_fipA);
        _cloud.A.Host.Inbox[0].Headers.Destination.ShouldBe(_cloud.A.Address);
        _cloud.A.Host.Inbox[1].Headers.IcmpType.ShouldBe(Icmpv4Type.EchoReply);
        _cloud.A.Host.Inbox[1].Headers.Source.ShouldBe(s_fipA);
        _cloud.Cloud.Fabric.Wire.ShouldBeEmpty();
        _cloud.C1.Tunnelled.ShouldBeEmpty();
    }

    [Fact]
    public void Floating_ips_on_one_node_reach_each_other_without_the_wire()
    {
        _cloud.GiveFloatingIp("198.51.100.11", _cloud.D);
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, "198.51.100.11").ShouldBeTrue();
        _cloud.D.Host.Inbox.ShouldHaveSingleItem().Headers.Source.ShouldBe(s_fipA);
        _cloud.WireTraffic().ShouldBeEmpty();
        _cloud.C1.Tunnelled.ShouldBeEmpty();
    }

    [Fact]
    public void Floating_ips_on_two_nodes_reach_each_other_over_the_wire()
    {
        _cloud.GiveFloatingIp("198.51.100.11", _cloud.C);
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, "198.51.100.11").ShouldBeTrue();
        _cloud.C.Host.Inbox.ShouldHaveSingleItem().Headers.Source.ShouldBe(s_fipA);
        _cloud.WireTraffic().Select(w => w.From).ShouldBe(["c1", "c2"]);
        _cloud.Pings(_cloud.C.Host, s_fipA).ShouldBeTrue();
    }

    [Fact]
    public void A_source_behind_the_gateway_reaches_a_floating_ip_elsewhere()
    {
        _cloud.Forget();
        _cloud.Pings(_cloud.B.Host, s_fipA).ShouldBeTrue();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.Source.ShouldBe(IpAddress.Parse("198.51.100.2"));
        _cloud.WireTraffic().Select(w => w.From).ShouldBe(["g1", "c1"]);
    }

    [Fact]
    public void A_source_behind_the_gateway_reaches_a_floating_ip_on_the_gateway_node()
    {
        SimPort e = _cloud.Cloud.AddPort(_cloud.Net1, _cloud.G1, [_cloud.Open], "10.0.1.9/24>10.0.1.1");
        _cloud.Router.AddFloatingIp(_cloud.External, "198.51.100.12", e, "g1");
        _cloud.Forget();
        _cloud.Pings(_cloud.B.Host, "198.51.100.12").ShouldBeTrue();
        e.Host.Inbox.ShouldHaveSingleItem().Headers.Source.ShouldBe(IpAddress.Parse("198.51.100.2"));
        _cloud.WireTraffic().ShouldBeEmpty();
    }

    [Fact]
    public void A_floating_ip_on_the_gateway_node_and_its_own_neighbour_behind_the_same_gateway_talk_both_ways()
    {
        SimPort e = _cloud.Cloud.AddPort(_cloud.Net1, _cloud.G1, [_cloud.Open], "10.0.1.9/24>10.0.1.1");
        SimPort f = _cloud.Cloud.AddPort(_cloud.Net2, _cloud.G1, [_cloud.Open], "10.0.2.9/24>10.0.2.1");
        _cloud.Router.AddFloatingIp(_cloud.External, "198.51.100.12", e, "g1");
        for (ushort i = 0; i < 4; i++)
        {
            _cloud.Pings(f.Host, "198.51.100.12", i).ShouldBeTrue();
        }

        _cloud.WireTraffic().ShouldBeEmpty();
    }

    [Fact]
    public void Two_routers_gateways_on_one_node_reach_each_others_floating_ips()
    {
        SegmentRow other = _cloud.Cloud.AddNetwork();
        SimPort e = _cloud.Cloud.AddPort(other, _cloud.C1, [_cloud.Open], "10.7.0.5/24>10.7.0.1");
        SimRouter router = _cloud.Cloud.AddRouter((other, "10.7.0.1/24"));
        router.SetGateway(_cloud.External, ["198.51.100.3/24"], ["198.51.100.1"], true, "g1");
        _cloud.Forget();
        _cloud.Pings(e.Host, s_fipA).ShouldBeTrue();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.Source.ShouldBe(IpAddress.Parse("198.51.100.3"));

        // Behind one gateway to the address of the other: it is there, and that is all.
        _cloud.Pings(e.Host, "198.51.100.2").ShouldBeTrue();
    }

    [Fact]
    public void A_source_behind_the_gateway_reaches_a_floating_ip_that_is_translated_there_for_an_instance_elsewhere()
    {
        SimNode c3 = _cloud.Cloud.AddNode("c3", NodeMode.DvrNoExternal);
        SimPort e = _cloud.Cloud.AddPort(_cloud.Net1, c3, [_cloud.Open], "10.0.1.9/24>10.0.1.1");
        _cloud.Router.AddFloatingIp(_cloud.External, "198.51.100.12", e, "g1");
        _cloud.Forget();
        _cloud.Pings(_cloud.B.Host, "198.51.100.12").ShouldBeTrue();
        _cloud.Pings(e.Host, "198.51.100.12").ShouldBeTrue();
        _cloud.Pings(_cloud.A.Host, "198.51.100.12").ShouldBeTrue();
        _cloud.Pings(e.Host, s_fipA).ShouldBeTrue();
    }
}

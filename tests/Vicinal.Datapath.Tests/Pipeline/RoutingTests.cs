using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class RoutingTests
{
    private readonly RoutedCloud _cloud = new();

    [Theory]
    [InlineData("10.0.2.5")]
    [InlineData("2001:db8:2::5")]
    public void A_routed_packet_goes_from_compute_to_compute_with_one_ttl_less_and_the_routers_macs(string destination)
    {
        _cloud.Forget();
        IpAddress to = IpAddress.Parse(destination);
        _cloud.A.Host.Ping(to);
        _cloud.Run();

        Received request = _cloud.C.Host.Inbox.ShouldHaveSingleItem();
        request.Headers.Ttl.ShouldBe((byte)63);
        request.Headers.SourceMac.ShouldBe(_cloud.Router2.Mac);
        request.Headers.DestinationMac.ShouldBe(_cloud.C.Mac);
        Received reply = _cloud.A.Host.Inbox.ShouldHaveSingleItem();
        reply.Headers.Ttl.ShouldBe((byte)63);
        reply.Headers.SourceMac.ShouldBe(_cloud.Router1.Mac);
        _cloud.C1.Tunnelled.ShouldHaveSingleItem().Header.Vni.ShouldBe(_cloud.Net2.Vni);
        _cloud.C2.Tunnelled.ShouldHaveSingleItem().Header.Vni.ShouldBe(_cloud.Net1.Vni);
        _cloud.G1.Tunnelled.ShouldBeEmpty();
        _cloud.Cloud.Fabric.Wire.ShouldBeEmpty();
    }

    [Fact]
    public void Routed_on_one_node_nothing_reaches_the_underlay()
    {
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, _cloud.D.Address).ShouldBeTrue();

        _cloud.C1.Tunnelled.ShouldBeEmpty();
        _cloud.Cloud.Fabric.Wire.ShouldBeEmpty();
        _cloud.D.Host.Inbox.ShouldHaveSingleItem().Headers.Ttl.ShouldBe((byte)63);
    }

    [Fact]
    public void Later_packets_of_a_routed_flow_are_replayed()
    {
        for (ushort i = 0; i < 5; i++)
        {
            _cloud.Pings(_cloud.A.Host, _cloud.C.Address).ShouldBeTrue();
        }

        _cloud.C1.Node.Counters.CacheHits.ShouldBeGreaterThan(5);
        _cloud.A.Host.Inbox[^1].Headers.Ttl.ShouldBe((byte)63);
    }

    [Theory]
    [InlineData("10.0.1.1")]
    [InlineData("10.0.2.1")]
    [InlineData("198.51.100.2")]
    [InlineData("2001:db8:1::1")]
    [InlineData("2001:db8:2::1")]
    public void A_router_answers_pings_to_its_addresses_on_the_pingers_node(string address)
    {
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, address).ShouldBeTrue();
        _cloud.C1.Tunnelled.ShouldBeEmpty();
    }

    [Fact]
    public void A_router_answers_on_its_link_local_address()
    {
        IpAddress linkLocal = IpAddress.LinkLocalFor(_cloud.Router1.Mac);
        byte[] frame = PacketBuilder.EchoRequest(
            new FrameEnds(_cloud.A.Mac, _cloud.Router1.Mac, IpAddress.LinkLocalFor(_cloud.A.Mac), linkLocal), 3, 1, []);
        _cloud.A.Host.SendRaw(frame);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.Source.ShouldBe(linkLocal);
    }

    [Theory]
    [InlineData("10.0.2.5", "10.0.1.1")]
    [InlineData("2001:db8:2::5", "2001:db8:1::1")]
    public void A_hop_too_many_is_reported_by_the_router(string destination, string reporter)
    {
        _cloud.A.Host.SendUdp(IpAddress.Parse(destination), 33000, 33434, ttl: 1);
        _cloud.Run();

        PacketHeaders error = _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers;
        error.IsIcmpError.ShouldBeTrue();
        error.IcmpType.ShouldBe(error.IsIpv4 ? Icmpv4Type.TimeExceeded : Icmpv6Type.TimeExceeded);
        error.Source.ShouldBe(IpAddress.Parse(reporter));
        _cloud.C1.Node.Counters[DropReason.TtlExceeded].ShouldBe(1);
    }

    [Fact]
    public void Traceroute_to_a_router_ends_with_port_unreachable()
    {
        _cloud.A.Host.SendUdp(IpAddress.Parse("10.0.2.1"), 33000, 33434);
        _cloud.Run();

        PacketHeaders error = _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers;
        (error.IcmpType, error.IcmpCode).ShouldBe((Icmpv4Type.DestinationUnreachable, (byte)3));
        error.Source.ShouldBe(IpAddress.Parse("10.0.2.1"));
    }

    [Fact]
    public void An_address_that_nobody_has_is_reported_as_unreachable()
    {
        _cloud.A.Host.Ping(IpAddress.Parse("10.0.2.77"));
        _cloud.Run();

        PacketHeaders error = _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers;
        (error.IcmpType, error.IcmpCode).ShouldBe((Icmpv4Type.DestinationUnreachable, (byte)1));
        _cloud.C1.Node.Counters[DropReason.NoNeighbor].ShouldBe(1);
    }

    [Fact]
    public void Without_a_route_the_net_is_unreachable()
    {
        _cloud.Cloud.Remove(_cloud.Router.Gateway!);
        _cloud.A.Host.Ping(IpAddress.Parse("203.0.113.1"));
        _cloud.Run();

        PacketHeaders error = _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers;
        (error.IcmpType, error.IcmpCode).ShouldBe((Icmpv4Type.DestinationUnreachable, (byte)0));
        _cloud.C1.Node.Counters[DropReason.NoRoute].ShouldBe(1);
    }

    [Fact]
    public void A_router_that_is_down_forwards_nothing_and_comes_back()
    {
        _cloud.Pings(_cloud.A.Host, _cloud.C.Address).ShouldBeTrue();
        _cloud.Cloud.Put(_cloud.Router.Row with { AdminUp = false });
        _cloud.Pings(_cloud.A.Host, _cloud.C.Address).ShouldBeFalse();
        _cloud.C1.Node.Counters[DropReason.RouterDown].ShouldBe(1);
        _cloud.Cloud.Put(_cloud.Router.Row);
        _cloud.Pings(_cloud.A.Host, _cloud.C.Address).ShouldBeTrue();
    }

    [Fact]
    public void An_extra_route_leads_through_another_router()
    {
        SegmentRow far = _cloud.Cloud.AddNetwork();
        SimPort e = _cloud.Cloud.AddPort(far, _cloud.C2, [_cloud.Open], "10.0.3.5/24>10.0.3.1");
        SimRouter second = _cloud.Cloud.AddRouter((far, "10.0.3.1/24"), (_cloud.Net2, "10.0.2.254/24"));
        _cloud.Cloud.Put(
            new RouteRow(_cloud.Router.Id, IpPrefix.Parse("10.0.3.0/24"), IpAddress.Parse("10.0.2.254")),
            new RouteRow(second.Id, IpPrefix.Parse("10.0.1.0/24"), IpAddress.Parse("10.0.2.1")));
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, e.Address).ShouldBeTrue();

        e.Host.Inbox.ShouldHaveSingleItem().Headers.Ttl.ShouldBe((byte)62);
        _cloud.C1.Tunnelled.ShouldHaveSingleItem().Header.Vni.ShouldBe(far.Vni);
    }

    [Fact]
    public void A_second_hop_reports_itself()
    {
        SegmentRow far = _cloud.Cloud.AddNetwork();
        SimPort e = _cloud.Cloud.AddPort(far, _cloud.C2, [_cloud.Open], "10.0.3.5/24>10.0.3.1");
        SimRouter second = _cloud.Cloud.AddRouter((far, "10.0.3.1/24"), (_cloud.Net2, "10.0.2.254/24"));
        _cloud.Cloud.Put(
            new RouteRow(_cloud.Router.Id, IpPrefix.Parse("10.0.3.0/24"), IpAddress.Parse("10.0.2.254")),
            new RouteRow(second.Id, IpPrefix.Parse("10.0.1.0/24"), IpAddress.Parse("10.0.2.1")));
        _cloud.A.Host.SendUdp(e.Address, 33000, 33434, ttl: 2);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.Source.ShouldBe(IpAddress.Parse("10.0.2.254"));
    }

    [Fact]
    public void Routers_that_lead_to_each_other_are_a_loop_that_ends()
    {
        SimRouter second = _cloud.Cloud.AddRouter((_cloud.Net2, "10.0.2.254/24"));
        _cloud.Cloud.Put(
            new RouteRow(_cloud.Router.Id, IpPrefix.Parse("10.9.0.0/16"), IpAddress.Parse("10.0.2.254")),
            new RouteRow(second.Id, IpPrefix.Parse("10.9.0.0/16"), IpAddress.Parse("10.0.2.1")));
        _cloud.A.Host.Ping(IpAddress.Parse("10.9.0.1"));
        _cloud.Run();
        _cloud.C1.Node.Counters[DropReason.LoopDetected].ShouldBe(1);
    }

    [Fact]
    public void A_moved_port_is_followed_by_established_flows()
    {
        _cloud.Pings(_cloud.A.Host, _cloud.C.Address).ShouldBeTrue();
        _cloud.Pings(_cloud.A.Host, _cloud.C.Address).ShouldBeTrue();
        _cloud.Forget();
        EndpointRow moved = _cloud.C.Endpoint! with { Host = "g1" };
        _cloud.Cloud.Put(moved, _cloud.C.Row with { Host = "g1" });
        _cloud.G1.Attach(_cloud.C.Id, _cloud.C.Host);
        _cloud.Pings(_cloud.A.Host, _cloud.C.Address).ShouldBeTrue();
        _cloud.C1.Tunnelled.ShouldAllBe(t => t.Remote == _cloud.G1.Settings.TunnelAddress);
    }

    [Fact]
    public void Link_local_and_group_destinations_do_not_leave_their_link()
    {
        _cloud.A.Host.SendRaw(PacketBuilder.Udp(
            new FrameEnds(_cloud.A.Mac, _cloud.Router1.Mac, _cloud.A.Address, IpAddress.Parse("239.1.2.3")), 1, 2, []));
        _cloud.A.Host.SendRaw(PacketBuilder.Udp(
            new FrameEnds(_cloud.A.Mac, _cloud.Router1.Mac, _cloud.A.Address, IpAddress.Parse("169.254.9.9")), 1, 2, []));
        _cloud.Run();
        _cloud.C1.Node.Counters[DropReason.NoRoute].ShouldBe(2);
    }
}

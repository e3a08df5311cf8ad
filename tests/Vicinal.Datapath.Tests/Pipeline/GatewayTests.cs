using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class GatewayTests
{
    private static readonly IpAddress s_snat = IpAddress.Parse("198.51.100.2");
    private readonly RoutedCloud _cloud = new();

    [Fact]
    public void Without_a_floating_ip_traffic_leaves_by_the_gateway_behind_its_address_and_comes_back()
    {
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, _cloud.Internet.Address).ShouldBeTrue();

        SentTunnel transit = _cloud.C1.Tunnelled.ShouldHaveSingleItem();
        transit.Remote.ShouldBe(_cloud.G1.Settings.TunnelAddress);
        transit.Header.Vni.ShouldBe(_cloud.Router.Row.TransitVni);
        transit.Inner.DestinationMac.ShouldBe(_cloud.Router.Gateway!.Mac);
        (string from, PacketHeaders request) = _cloud.WireTraffic()[0];
        from.ShouldBe("g1");
        request.Source.ShouldBe(s_snat);
        request.SourceMac.ShouldBe(_cloud.Router.Gateway!.Mac);
        request.Ttl.ShouldBe((byte)63);
        _cloud.Internet.Inbox.ShouldHaveSingleItem().Headers.HasVlan.ShouldBeFalse();
        SentTunnel back = _cloud.G1.Tunnelled.ShouldHaveSingleItem();
        back.Remote.ShouldBe(_cloud.C1.Settings.TunnelAddress);
        back.Header.Vni.ShouldBe(_cloud.Net1.Vni);
        _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.Ttl.ShouldBe((byte)63);
        _cloud.C2.Tunnelled.ShouldBeEmpty();
    }

    [Fact]
    public void Tcp_and_udp_of_several_instances_share_the_address()
    {
        _cloud.Internet.EchoesUdp = true;
        _cloud.A.Host.SendUdp(_cloud.Internet.Address, 4000, 53);
        _cloud.B.Host.SendUdp(_cloud.Internet.Address, 4000, 53);
        _cloud.Run();

        _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.DestinationPort.ShouldBe((ushort)4000);
        _cloud.B.Host.Inbox.ShouldHaveSingleItem().Headers.DestinationPort.ShouldBe((ushort)4000);
        _cloud.Internet.Inbox.Select(r => r.Headers.Source).ShouldAllBe(s => s == s_snat);
        _cloud.Internet.Inbox.Select(r => r.Headers.SourcePort).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public void An_established_tcp_connection_is_replayed_from_the_cache_on_both_nodes()
    {
        IpAddress to = _cloud.Internet.Address;
        _cloud.A.Host.SendTcp(to, 5000, 80, TcpFlags.Syn);
        _cloud.Run();
        PacketHeaders syn = _cloud.Internet.Inbox[^1].Headers;
        _cloud.Internet.SendTcp(syn.Source, 80, syn.SourcePort, TcpFlags.Syn | TcpFlags.Ack, 100, 2);
        _cloud.Run();
        for (uint i = 0; i < 4; i++)
        {
            _cloud.A.Host.SendTcp(to, 5000, 80, TcpFlags.Ack, 2, 101);
            _cloud.Internet.SendTcp(syn.Source, 80, syn.SourcePort, TcpFlags.Ack, 101, 2);
            _cloud.Run();
        }

        _cloud.A.Host.Inbox.Count.ShouldBe(5);
        _cloud.Internet.Inbox.Count.ShouldBe(5);
        _cloud.A.Host.Inbox[^1].Headers.Source.ShouldBe(to);
        _cloud.G1.Node.Counters.CacheHits.ShouldBeGreaterThanOrEqualTo(5);
        _cloud.C1.Node.Counters.CacheHits.ShouldBeGreaterThanOrEqualTo(5);
    }

    [Fact]
    public void Nothing_unsolicited_gets_in()
    {
        _cloud.Internet.Ping(s_snat);
        _cloud.Internet.SendTcp(s_snat, 1000, 22, TcpFlags.Syn);
        _cloud.Internet.Routes[IpPrefix.Parse("10.0.0.0/8")] = s_snat;
        _cloud.Internet.Ping(_cloud.A.Address);
        _cloud.Run();

        _cloud.A.Host.Inbox.ShouldBeEmpty();
        _cloud.Internet.Inbox.ShouldHaveSingleItem().Headers.Source.ShouldBe(s_snat);
        _cloud.G1.Node.Counters[DropReason.NoNatBinding].ShouldBe(2);
    }

    [Fact]
    public void Public_ipv6_leaves_unchanged_and_is_routed_back_in()
    {
        IpAddress to = IpAddress.Parse("2001:db8:ffff::200");
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, to).ShouldBeTrue();
        (string from, PacketHeaders request) = _cloud.WireTraffic()[0];
        from.ShouldBe("g1");
        request.Source.ShouldBe(IpAddress.Parse("2001:db8:1::5"));
        _cloud.Pings(_cloud.Internet, "2001:db8:1::5").ShouldBeTrue();
    }

    [Fact]
    public void Filters_hold_for_ipv6_from_outside()
    {
        Guid outOnly = _cloud.Cloud.AddOpenGroup();
        _cloud.A.Change(p => p with { SecurityGroups = [outOnly] });
        _cloud.Pings(_cloud.Internet, "2001:db8:1::5").ShouldBeFalse();
        _cloud.C1.Node.Counters[DropReason.FilterIngress].ShouldBe(1);
        _cloud.Pings(_cloud.A.Host, "2001:db8:ffff::200").ShouldBeTrue();
    }

    [Fact]
    public void With_snat_disabled_the_gateway_routes_plainly()
    {
        _cloud.Router.SetGateway(_cloud.External, ["198.51.100.2/24"], ["198.51.100.1"], false, "g1");
        _cloud.Internet.Routes[IpPrefix.Parse("10.0.0.0/8")] = s_snat;
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, _cloud.Internet.Address).ShouldBeTrue();
        _cloud.WireTraffic()[0].Headers.Source.ShouldBe(_cloud.A.Address);
        _cloud.Pings(_cloud.Internet, _cloud.A.Address).ShouldBeTrue();
    }

    [Fact]
    public void Traceroute_outside_shows_the_router_and_what_comes_after()
    {
        _cloud.A.Host.SendUdp(_cloud.Internet.Address, 33000, 33434, ttl: 1);
        _cloud.Run();
        _cloud.A.Host.Inbox[^1].Headers.Source.ShouldBe(IpAddress.Parse("10.0.1.1"));

        // The next hop reports about the packet as it was after translation; the quotation is put right on the way back.
        _cloud.A.Host.SendUdp(_cloud.Internet.Address, 33001, 33434, ttl: 2);
        _cloud.Run();
        Received probe = _cloud.Internet.Inbox[^1];
        _cloud.A.Host.Inbox.Clear();
        _cloud.Internet.SendIp(probe.ErrorFrom(_cloud.Internet, IcmpErrorKind.PortUnreachable));
        _cloud.Run();

        Received seen = _cloud.A.Host.Inbox.ShouldHaveSingleItem();
        seen.Headers.Source.ShouldBe(_cloud.Internet.Address);
        seen.Quoted.Source.ShouldBe(_cloud.A.Address);
        seen.Quoted.SourcePort.ShouldBe((ushort)33001);
    }

    [Fact]
    public void An_unreachable_upstream_is_reported_to_the_instance()
    {
        _cloud.A.Host.Ping(IpAddress.Parse("198.51.100.77"));
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldBeEmpty();
        _cloud.Cloud.Fabric.Advance(5000);

        PacketHeaders error = _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers;
        (error.IcmpType, error.IcmpCode).ShouldBe((Icmpv4Type.DestinationUnreachable, (byte)1));
        error.Source.ShouldBe(IpAddress.Parse("10.0.1.1"));
    }

    [Fact]
    public void The_upstream_is_asked_once_and_then_known()
    {
        _cloud.Forget();
        for (ushort i = 1; i < 6; i++)
        {
            _cloud.Pings(_cloud.A.Host, _cloud.Internet.Address, i).ShouldBeTrue();
        }

        _cloud.Cloud.Fabric.Wire.Count(w => w.From == "g1" && ArpOf(w.Frame).IsArp && ArpOf(w.Frame).ArpOperation == 1).ShouldBe(1);
        _cloud.G1.Node.Neighbors.ShouldHaveSingleItem().Mac.ShouldBe(_cloud.Internet.Mac);
    }

    [Fact]
    public void An_instance_on_the_gateway_node_needs_no_tunnel()
    {
        SimPort e = _cloud.Cloud.AddPort(_cloud.Net1, _cloud.G1, [_cloud.Open], "10.0.1.9/24>10.0.1.1");
        _cloud.Forget();
        _cloud.Pings(e.Host, _cloud.Internet.Address).ShouldBeTrue();
        _cloud.G1.Tunnelled.ShouldBeEmpty();
        _cloud.WireTraffic()[0].Headers.Source.ShouldBe(s_snat);
    }

    [Fact]
    public void A_gateway_that_moves_takes_the_traffic_along_and_announces_itself()
    {
        _cloud.Pings(_cloud.A.Host, _cloud.Internet.Address).ShouldBeTrue();
        _cloud.Forget();
        _cloud.Router.SetGateway(_cloud.External, ["198.51.100.2/24"], ["198.51.100.1"], true, "c2");
        _cloud.Run();
        _cloud.Cloud.Fabric.Wire.ShouldContain(w => w.From == "c2" && ArpOf(w.Frame).IsArp && ArpOf(w.Frame).Source == s_snat);
        _cloud.Cloud.Fabric.Wire.ShouldNotContain(w => w.From == "g1");
        _cloud.Pings(_cloud.A.Host, _cloud.Internet.Address, 99).ShouldBeTrue();
        _cloud.WireTraffic().ShouldAllBe(w => w.From != "g1");
    }

    [Fact]
    public void Without_a_gateway_node_the_sender_is_told()
    {
        _cloud.Router.SetGateway(_cloud.External, ["198.51.100.2/24"], ["198.51.100.1"], true);
        _cloud.A.Host.Ping(_cloud.Internet.Address);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.IcmpType.ShouldBe(Icmpv4Type.DestinationUnreachable);
        _cloud.C1.Node.Counters[DropReason.NoGateway].ShouldBe(1);
    }

    private static PacketHeaders ArpOf(byte[] frame)
    {
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        return h;
    }
}

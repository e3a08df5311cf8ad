using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class FloatingIpTests
{
    private static readonly IpAddress s_fip = IpAddress.Parse("198.51.100.10");
    private readonly RoutedCloud _cloud = new();
    private readonly StaticNatRow _nat;

    public FloatingIpTests() => _nat = _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);

    [Fact]
    public void The_instance_leaves_by_its_own_compute_with_its_floating_ip()
    {
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, _cloud.Internet.Address).ShouldBeTrue();

        (string from, PacketHeaders request) = _cloud.WireTraffic()[0];
        from.ShouldBe("c1");
        request.Source.ShouldBe(s_fip);
        request.SourceMac.ShouldBe(_nat.ExternalMac);
        _cloud.C1.Tunnelled.ShouldBeEmpty();
        _cloud.G1.Transmitted.ShouldBeEmpty();
        _cloud.A.Host.Inbox[^1].Headers.Destination.ShouldBe(_cloud.A.Address);
    }

    [Fact]
    public void The_outside_reaches_the_instance_by_its_floating_ip()
    {
        _cloud.Forget();
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeTrue();

        _cloud.Internet.NeighborOf(s_fip).ShouldBe(_nat.ExternalMac);
        PacketHeaders request = _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers;
        request.Destination.ShouldBe(_cloud.A.Address);
        request.Ttl.ShouldBe((byte)63);
        request.SourceMac.ShouldBe(_cloud.Router1.Mac);
        _cloud.C1.Tunnelled.ShouldBeEmpty();
        _cloud.G1.Transmitted.ShouldBeEmpty();
    }

    [Fact]
    public void Frames_to_a_floating_ip_that_went_are_the_hosts_own_again()
    {
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeTrue();
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeTrue();
        _cloud.Cloud.Remove(_nat);
        long before = _cloud.C1.Node.Counters[DropReason.NotForUs];
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeFalse();
        _cloud.C1.Node.Counters[DropReason.NotForUs].ShouldBe(before + 1);
    }

    [Fact]
    public void Security_groups_hold_for_floating_ip_traffic()
    {
        Guid ssh = _cloud.Cloud.AddOpenGroup(new SimRule(FilterDirection.Ingress, false, IpProtocol.Tcp, 22, 22));
        _cloud.A.Change(p => p with { SecurityGroups = [ssh] });
        _cloud.Internet.SendTcp(s_fip, 1000, 80, TcpFlags.Syn);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldBeEmpty();
        _cloud.Internet.SendTcp(s_fip, 1000, 22, TcpFlags.Syn);
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.DestinationPort.ShouldBe((ushort)22);
        _cloud.C1.Node.Counters[DropReason.FilterIngress].ShouldBe(1);
    }

    [Fact]
    public void A_moved_floating_ip_stops_at_once_on_the_old_node_and_is_announced_by_the_new()
    {
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeTrue();
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeTrue();
        _cloud.Forget();
        _cloud.Cloud.Put(_nat with { FixedAddress = _cloud.C.Address, PortId = _cloud.C.Id, PortNetworkId = _cloud.Net2.NetworkId, OwnerHost = "c2" });
        _cloud.Run();

        _cloud.C1.Transmitted.ShouldBeEmpty();
        PacketHeaders.Parse(_cloud.C2.Transmitted[0].Frame, out PacketHeaders announcement).ShouldBe(ParseResult.Ok);
        (announcement.Source, announcement.ArpSenderMac).ShouldBe((s_fip, _nat.ExternalMac));
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeTrue();
        _cloud.A.Host.Inbox.ShouldBeEmpty();
        _cloud.C.Host.Inbox.ShouldNotBeEmpty();
        _cloud.C1.Transmitted.ShouldBeEmpty();
        _cloud.C1.Node.Owned.ShouldNotContain(o => o.Mac == _nat.ExternalMac);
        _cloud.C2.Node.Owned.ShouldContain(o => o.Mac == _nat.ExternalMac);
    }

    [Fact]
    public void Announcements_are_repeated_until_traffic_comes_in()
    {
        _cloud.Forget();
        _cloud.Cloud.Fabric.Advance(1500);
        int quiet = Announcements();
        quiet.ShouldBe(2 * 3, "after 100 ms, 300 ms and 1 s, in both forms of gratuitous ARP");
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeTrue();
        _cloud.Cloud.Fabric.Advance(20_000);
        Announcements().ShouldBe(quiet);
    }

    [Fact]
    public void A_removed_floating_ip_falls_back_to_the_gateway()
    {
        _cloud.Pings(_cloud.A.Host, _cloud.Internet.Address).ShouldBeTrue();
        _cloud.Cloud.Remove(_nat);
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, _cloud.Internet.Address).ShouldBeTrue();
        _cloud.WireTraffic()[0].From.ShouldBe("g1");
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeFalse();
    }

    [Fact]
    public void A_new_floating_ip_takes_over_flows_that_used_the_gateway()
    {
        _cloud.Internet.EchoesUdp = true;
        for (int i = 0; i < 3; i++)
        {
            _cloud.B.Host.SendUdp(_cloud.Internet.Address, 4000, 53);
            _cloud.Run();
        }

        _cloud.GiveFloatingIp("198.51.100.11", _cloud.B);
        _cloud.Forget();
        _cloud.B.Host.SendUdp(_cloud.Internet.Address, 4000, 53);
        _cloud.Run();
        (string from, PacketHeaders h) = _cloud.WireTraffic()[0];
        (from, h.Source).ShouldBe(("c2", IpAddress.Parse("198.51.100.11")));
    }

    [Fact]
    public void A_floating_ip_whose_node_has_no_way_out_is_translated_at_the_gateway()
    {
        SimNode c3 = _cloud.Cloud.AddNode("c3", NodeMode.DvrNoExternal);
        SimPort e = _cloud.Cloud.AddPort(_cloud.Net1, c3, [_cloud.Open], "10.0.1.9/24>10.0.1.1");
        _cloud.Router.AddFloatingIp(_cloud.External, "198.51.100.12", e, "g1");
        _cloud.Forget();
        _cloud.Pings(e.Host, _cloud.Internet.Address).ShouldBeTrue();
        (string from, PacketHeaders h) = _cloud.WireTraffic()[0];
        (from, h.Source).ShouldBe(("g1", IpAddress.Parse("198.51.100.12")));
        h.Ttl.ShouldBe((byte)63);
        _cloud.Pings(_cloud.Internet, "198.51.100.12").ShouldBeTrue();
    }

    [Fact]
    public void Two_routers_with_the_same_inside_addresses_stay_apart()
    {
        SegmentRow twin = _cloud.Cloud.AddNetwork();
        SimPort e = _cloud.Cloud.AddPort(twin, _cloud.C1, [_cloud.Open], "10.0.1.5/24>10.0.1.1");
        SimRouter router = _cloud.Cloud.AddRouter((twin, "10.0.1.1/24"));
        router.SetGateway(_cloud.External, ["198.51.100.3/24"], ["198.51.100.1"], true, "g1");
        router.AddFloatingIp(_cloud.External, "198.51.100.13", e, "c1");
        _cloud.Pings(_cloud.Internet, "198.51.100.13").ShouldBeTrue();
        _cloud.A.Host.Inbox.ShouldBeEmpty();
        e.Host.Inbox.ShouldHaveSingleItem();
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeTrue();
        e.Host.Inbox.Count.ShouldBe(1);
    }

    [Fact]
    public void An_expired_ttl_is_reported_by_the_floating_ip()
    {
        _cloud.Internet.SendUdp(s_fip, 33000, 33434, ttl: 1);
        _cloud.Run();
        PacketHeaders error = _cloud.Internet.Inbox.ShouldHaveSingleItem().Headers;
        (error.Source, error.IcmpType).ShouldBe((s_fip, Icmpv4Type.TimeExceeded));
    }

    [Fact]
    public void Icmp_errors_about_floating_ip_traffic_are_translated_both_ways()
    {
        _cloud.Internet.SendUdp(s_fip, 33000, 33434);
        _cloud.Run();
        Received probe = _cloud.A.Host.Inbox[^1];
        _cloud.A.Host.SendIp(probe.ErrorFrom(_cloud.A.Host, IcmpErrorKind.PortUnreachable));
        _cloud.Run();

        Received seen = _cloud.Internet.Inbox.ShouldHaveSingleItem();
        seen.Headers.Source.ShouldBe(s_fip);
        (seen.Quoted.Destination, seen.Quoted.DestinationPort).ShouldBe((s_fip, (ushort)33434));

        _cloud.A.Host.SendUdp(_cloud.Internet.Address, 33001, 33434);
        _cloud.Run();
        probe = _cloud.Internet.Inbox[^1];
        _cloud.A.Host.Inbox.Clear();
        _cloud.Internet.SendIp(probe.ErrorFrom(_cloud.Internet, IcmpErrorKind.PortUnreachable));
        _cloud.Run();
        seen = _cloud.A.Host.Inbox.ShouldHaveSingleItem();
        seen.Quoted.Source.ShouldBe(_cloud.A.Address);
    }

    private int Announcements() => _cloud.Cloud.Fabric.Wire.Count(w =>
        w.From == "c1" && PacketHeaders.Parse(w.Frame, out PacketHeaders h) == ParseResult.Ok && h.IsArp && h.Source == s_fip && h.Destination == s_fip);
}

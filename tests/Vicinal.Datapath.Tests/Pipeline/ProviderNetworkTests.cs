using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class ProviderNetworkTests
{
    private static readonly IpAddress s_hostAddress = IpAddress.Parse("198.51.100.50");
    private readonly RoutedCloud _cloud = new();
    private readonly SimPort _p;

    public ProviderNetworkTests() =>
        _p = _cloud.Cloud.AddPort(_cloud.External, _cloud.C1, [_cloud.Open], "198.51.100.60/24>198.51.100.1", "2001:db8:ffff::60/64");

    [Theory]
    [InlineData("198.51.100.200")]
    [InlineData("2001:db8:ffff::200")]
    public void A_port_on_the_provider_network_speaks_plainly_on_its_computes_nic(string destination)
    {
        _cloud.Forget();
        _cloud.Pings(_p.Host, destination).ShouldBeTrue();
        (string from, PacketHeaders request) = _cloud.WireTraffic()[0];
        from.ShouldBe("c1");
        (request.Source, request.SourceMac, request.Ttl).ShouldBe((IpAddress.Parse(request.IsIpv4 ? "198.51.100.60" : "2001:db8:ffff::60"), _p.Mac, (byte)64));
        _cloud.C1.Tunnelled.ShouldBeEmpty();
        _cloud.G1.Transmitted.ShouldBeEmpty();
    }

    [Fact]
    public void The_outside_reaches_it_by_its_own_address_and_its_filter_holds()
    {
        _cloud.Pings(_cloud.Internet, "198.51.100.60").ShouldBeTrue();
        _p.Change(p => p with { SecurityGroups = [_cloud.Cloud.AddOpenGroup()] });
        _cloud.Pings(_cloud.Internet, "198.51.100.60").ShouldBeFalse();
    }

    [Fact]
    public void Provider_ports_on_two_nodes_meet_on_the_wire()
    {
        SimPort q = _cloud.Cloud.AddPort(_cloud.External, _cloud.C2, [_cloud.Open], "198.51.100.61/24");
        _cloud.Forget();
        _cloud.Pings(_p.Host, q.Address).ShouldBeTrue();
        _cloud.WireTraffic().Select(w => w.From).ShouldBe(["c1", "c2"]);
        _cloud.C1.Tunnelled.ShouldBeEmpty();
    }

    [Fact]
    public void A_vlan_network_is_tagged_on_the_wire_and_nowhere_else()
    {
        SegmentRow vlan = _cloud.Cloud.AddProviderNetwork("physnet1", 100, false);
        SimPort v = _cloud.Cloud.AddPort(vlan, _cloud.C1, [_cloud.Open], "172.20.0.5/24");
        SimHost outside = new("outside", MacAddress.Parse("52:54:00:00:01:00"), InterfaceSetting.Of("172.20.0.9/24"));
        _cloud.Cloud.Fabric.Connect("physnet1", outside, 100);
        _cloud.Forget();
        _cloud.Pings(v.Host, outside.Address).ShouldBeTrue();
        _cloud.WireTraffic().ShouldAllBe(w => w.Headers.VlanId == 100);
        v.Host.Seen.ShouldAllBe(s => !s.Headers.HasVlan);
        _cloud.Pings(outside, v.Address).ShouldBeTrue();

        outside.Transmit = frame => _cloud.Cloud.Fabric.Enqueue(() => _cloud.C1.Receive(PacketSource.Physical(0), PacketBuilder.Tagged(frame, new VlanTag(0, false, 101))));
        _cloud.Pings(outside, v.Address).ShouldBeFalse();
    }

    [Fact]
    public void A_floating_ip_and_a_provider_port_on_one_node_need_no_wire()
    {
        StaticNatRow nat = _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, _p.Address).ShouldBeTrue();
        _cloud.Pings(_p.Host, nat.ExternalAddress).ShouldBeTrue();
        _p.Host.NeighborOf(nat.ExternalAddress).ShouldBe(nat.ExternalMac);
        _cloud.WireTraffic().ShouldBeEmpty();
    }

    [Fact]
    public void The_hosts_own_stack_reaches_a_floating_ip_on_its_node_and_is_answered()
    {
        StaticNatRow nat = _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        MacAddress nic = SimCloud.NicMac(1, 0);
        _cloud.Forget();
        _cloud.C1.Receive(PacketSource.Host(0), PacketBuilder.ArpRequest(nic, s_hostAddress, nat.ExternalAddress));
        _cloud.Run();
        PacketHeaders.Parse(_cloud.C1.ToHostFrames.ShouldHaveSingleItem().Frame, out PacketHeaders reply);
        (reply.ArpSenderMac, reply.Source).ShouldBe((nat.ExternalMac, nat.ExternalAddress));

        _cloud.C1.Receive(PacketSource.Host(0), PacketBuilder.EchoRequest(new FrameEnds(nic, nat.ExternalMac, s_hostAddress, nat.ExternalAddress), 8, 1, []));
        _cloud.Run();
        _cloud.A.Host.Inbox.ShouldHaveSingleItem();

        // The answer waits while the floating IP asks for the host's address, on the wire and of the host.
        _cloud.C1.ToHostFrames.ShouldContain(f => f.Frame[12] == 0x08 && f.Frame[13] == 0x06);
        _cloud.C1.Receive(PacketSource.Host(0), PacketBuilder.Arp(
            nat.ExternalMac, nic, new ArpMessage(ArpMessage.Reply, nic, s_hostAddress, nat.ExternalMac, nat.ExternalAddress)));
        _cloud.Run();
        PacketHeaders.Parse(_cloud.C1.ToHostFrames[^1].Frame, out PacketHeaders echo);
        (echo.IcmpType, echo.Source, echo.DestinationMac).ShouldBe((Icmpv4Type.EchoReply, nat.ExternalAddress, nic));
        _cloud.WireTraffic().ShouldBeEmpty();
    }

    [Fact]
    public void The_hosts_own_traffic_is_left_alone()
    {
        MacAddress nic = SimCloud.NicMac(1, 0);
        FrameEnds outward = new(nic, _cloud.Internet.Mac, s_hostAddress, _cloud.Internet.Address);
        _cloud.Forget();
        _cloud.C1.Receive(PacketSource.Host(0), PacketBuilder.Udp(outward, 1, 2, []));
        _cloud.C1.Receive(PacketSource.Physical(0), PacketBuilder.Udp(outward.Reversed, 2, 1, []));
        _cloud.Run();
        _cloud.C1.Transmitted.ShouldBeEmpty();
        _cloud.C1.ToHostFrames.ShouldBeEmpty();
        _cloud.C1.Node.Counters[DropReason.NotForUs].ShouldBe(2);
    }

    [Fact]
    public void A_provider_port_and_the_host_of_its_node_talk_past_the_wire()
    {
        MacAddress nic = SimCloud.NicMac(1, 0);
        _cloud.Forget();
        _p.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(_p.Mac, nic, _p.Address, s_hostAddress), 1, 2, []));
        _cloud.C1.Receive(PacketSource.Host(0), PacketBuilder.Udp(new FrameEnds(nic, _p.Mac, s_hostAddress, _p.Address), 2, 1, []));
        _cloud.Run();
        _cloud.C1.ToHostFrames.ShouldHaveSingleItem();
        _p.Host.Inbox.ShouldHaveSingleItem();
        _cloud.Cloud.Fabric.Wire.ShouldBeEmpty();
    }

    [Fact]
    public void A_node_answers_arp_for_nothing_that_it_does_not_own()
    {
        _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        _cloud.Forget();
        foreach (string address in new[] { "198.51.100.10", "198.51.100.2", "198.51.100.60", "10.0.1.1", "10.0.1.5" })
        {
            _cloud.C2.Receive(PacketSource.Physical(0), PacketBuilder.ArpRequest(_cloud.Internet.Mac, _cloud.Internet.Address, IpAddress.Parse(address)));
        }

        _cloud.Run();
        _cloud.C2.Transmitted.ShouldBeEmpty();
        _cloud.C2.ToHostFrames.ShouldBeEmpty();
    }

    [Fact]
    public void Owned_macs_follow_ports_gateways_and_floating_ips()
    {
        int changes = 0;
        _cloud.C1.Node.OwnedChanged += () => changes++;
        StaticNatRow nat = _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        _cloud.C1.Node.Owned.Select(o => o.Mac).ShouldBe([nat.ExternalMac, _p.Mac], ignoreOrder: true);
        _cloud.G1.Node.Owned.Select(o => o.Mac).ShouldBe([_cloud.Router.Gateway!.Mac]);
        _cloud.Cloud.Remove(nat);
        _p.Delete();
        _cloud.C1.Node.Owned.ShouldBeEmpty();
        changes.ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public void Without_a_bridge_mapping_a_provider_port_is_cut_off()
    {
        SimNode bare = _cloud.Cloud.AddNode("c3");
        SimPort q = _cloud.Cloud.AddPort(_cloud.External, bare, [_cloud.Open], "198.51.100.62/24");
        q.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(q.Mac, _cloud.Internet.Mac, q.Address, _cloud.Internet.Address), 1, 2, []));
        _cloud.Run();
        bare.Node.Counters[DropReason.NoProviderNic].ShouldBe(1);
    }

    [Fact]
    public void A_router_reaches_ports_and_strangers_of_a_vlan_network_without_showing_its_mac_on_the_wire()
    {
        SegmentRow vlan = _cloud.Cloud.AddProviderNetwork("physnet1", 100, false);
        RouterInterfaceRow port = _cloud.Router.AddInterface(vlan, "172.20.0.1/24");
        SimPort here = _cloud.Cloud.AddPort(vlan, _cloud.C1, [_cloud.Open], "172.20.0.5/24>172.20.0.1");
        SimPort there = _cloud.Cloud.AddPort(vlan, _cloud.C2, [_cloud.Open], "172.20.0.6/24>172.20.0.1");
        _cloud.Forget();
        _cloud.Pings(_cloud.A.Host, here.Address).ShouldBeTrue();
        _cloud.Cloud.Fabric.Wire.ShouldBeEmpty();
        _cloud.Pings(_cloud.A.Host, there.Address).ShouldBeTrue();
        _cloud.Pings(there.Host, _cloud.A.Address).ShouldBeTrue();
        foreach ((string _, string _, byte[] frame) in _cloud.Cloud.Fabric.Wire)
        {
            PacketHeaders.Parse(frame, out PacketHeaders h);
            h.SourceMac.ShouldNotBe(port.Mac);
        }
    }
}

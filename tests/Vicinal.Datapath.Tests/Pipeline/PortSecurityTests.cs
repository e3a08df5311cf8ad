using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class PortSecurityTests
{
    private static readonly MacAddress s_forged = MacAddress.Parse("02:00:00:00:00:99");
    private readonly SimCloud _cloud = new();
    private readonly SimNode _c1;
    private readonly SimNode _c2;
    private readonly SegmentRow _network;
    private readonly SimPort _a;
    private readonly SimPort _b;

    public PortSecurityTests()
    {
        _c1 = _cloud.AddNode("c1");
        _c2 = _cloud.AddNode("c2");
        _network = _cloud.AddNetwork();
        ValueList<Guid> open = [_cloud.AddAllowAllGroup()];
        _a = _cloud.AddPort(_network, _c1, open, "10.0.1.5/24", "2001:db8:1::5/64");
        _b = _cloud.AddPort(_network, _c2, open, "10.0.1.6/24", "2001:db8:1::6/64");
    }

    public static TheoryData<string, DropReason> Forgeries => new()
    {
        { "source MAC", DropReason.SpoofedMac },
        { "IPv4 source", DropReason.SpoofedAddress },
        { "IPv6 source", DropReason.SpoofedAddress },
        { "IPv6 link-local of another MAC", DropReason.SpoofedAddress },
        { "ARP sender address", DropReason.SpoofedArp },
        { "ARP sender MAC", DropReason.SpoofedArp },
        { "gratuitous ARP for another", DropReason.SpoofedArp },
        { "ND source link-layer option", DropReason.SpoofedNeighborDiscovery },
        { "NA target", DropReason.SpoofedNeighborDiscovery },
        { "NA target link-layer option", DropReason.SpoofedNeighborDiscovery },
        { "DHCP offer", DropReason.ForgedService },
        { "DHCPv6 reply", DropReason.ForgedService },
        { "router advertisement", DropReason.ForgedService },
        { "LLDP", DropReason.UnsupportedProtocol },
        { "VLAN tag", DropReason.UnsupportedProtocol },
        { "0.0.0.0 to somebody", DropReason.SpoofedAddress },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public void A_forgery_leaves_no_node(string what, DropReason reason)
    {
        _a.Host.SendRaw(Forge(what));
        _cloud.Run();

        _c1.Tunnelled.ShouldBeEmpty();
        _c1.Node.Counters[reason].ShouldBe(1);
        _b.Host.Seen.ShouldBeEmpty();
        PortView port = _c1.Node.Ports.Single();
        port.Counters[reason].ShouldBe(1);
    }

    [Fact]
    public void With_port_security_off_any_mac_and_address_passes()
    {
        SimPort free = _cloud.AddPort(_network, _c1, [], false, [], "10.0.1.7/24");
        free.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(s_forged, _b.Mac, IpAddress.Parse("172.16.0.1"), _b.Address), 1, 2, []));
        free.Host.SendRaw(Ethernet(_b.Mac, s_forged, 0x88B5));
        _cloud.Run();
        _b.Host.Inbox.ShouldHaveSingleItem();
        _c1.Tunnelled.Count.ShouldBe(2);
    }

    [Fact]
    public void Replies_to_a_mac_that_nobody_registered_go_to_ports_with_port_security_off_only()
    {
        SimPort free = _cloud.AddPort(_network, _c1, [], false, [], "10.0.1.7/24");
        SimPort strict = _cloud.AddPort(_network, _c1, [_cloud.AddAllowAllGroup()], "10.0.1.8/24");
        _b.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(_b.Mac, s_forged, _b.Address, IpAddress.Parse("172.16.0.1")), 2, 1, []));
        _cloud.Run();
        free.Host.Seen.ShouldHaveSingleItem().Headers.DestinationMac.ShouldBe(s_forged);
        strict.Host.Seen.ShouldBeEmpty();
        _c2.Tunnelled.ShouldHaveSingleItem();
    }

    [Fact]
    public void An_allowed_pair_may_send_and_be_resolved()
    {
        IpAddress vip = IpAddress.Parse("10.0.1.100");
        MacAddress virtualMac = MacAddress.Parse("00:00:5e:00:01:07");
        SimPort v = _cloud.AddPort(
            _network, _c1, [_cloud.AddAllowAllGroup()], true,
            [new AllowedPair(virtualMac, IpPrefix.Host(vip)), new AllowedPair(new MacAddress(0xFA163E000003), IpPrefix.Parse("10.0.9.0/24"))],
            "10.0.1.9/24");
        v.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(virtualMac, _a.Mac, vip, _a.Address), 1, 2, []));
        v.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(v.Mac, _a.Mac, IpAddress.Parse("10.0.9.77"), _a.Address), 1, 2, []));
        v.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(virtualMac, _a.Mac, v.Address, _a.Address), 1, 2, []));
        _cloud.Run();
        _a.Host.Inbox.Count.ShouldBe(2);
        _c1.Node.Counters[DropReason.SpoofedAddress].ShouldBe(1);
    }

    [Fact]
    public void A_virtual_mac_is_heard_by_all_who_share_it_on_every_node()
    {
        IpAddress vip = IpAddress.Parse("10.0.1.100");
        MacAddress virtualMac = MacAddress.Parse("00:00:5e:00:01:07");
        ValueList<AllowedPair> pairs = [new AllowedPair(virtualMac, IpPrefix.Host(vip))];
        SimPort v1 = _cloud.AddPort(_network, _c1, [_cloud.AddAllowAllGroup()], true, pairs, "10.0.1.9/24");
        SimPort v2 = _cloud.AddPort(_network, _c2, [_cloud.AddAllowAllGroup()], true, pairs, "10.0.1.10/24");
        v1.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(virtualMac, _b.Mac, vip, _b.Address), 1, 2, []));
        _cloud.Run();
        _b.Host.Inbox.ShouldHaveSingleItem().Headers.SourceMac.ShouldBe(virtualMac);

        _a.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(_a.Mac, virtualMac, _a.Address, vip), 1, 2, []));
        _cloud.Run();
        v1.Host.Seen.ShouldContain(s => s.Headers.DestinationMac == virtualMac);
        v2.Host.Seen.ShouldContain(s => s.Headers.DestinationMac == virtualMac);
        _b.Host.Seen.ShouldNotContain(s => s.Headers.DestinationMac == virtualMac);
        v1.Delete();
        v2.Delete();
        _a.Host.SendRaw(PacketBuilder.Udp(new FrameEnds(_a.Mac, virtualMac, _a.Address, vip), 1, 2, []));
        _cloud.Run();
        _c1.Node.Counters[DropReason.UnknownDestination].ShouldBe(1);
    }

    [Fact]
    public void An_instance_may_ask_for_an_address_by_dhcp()
    {
        byte[] discover = PacketBuilder.Udp(
            new FrameEnds(_a.Mac, MacAddress.Broadcast, IpAddress.Ipv4Any, IpAddress.Parse("255.255.255.255")), 68, 67, new byte[240]);
        TraceResult trace = _c1.Node.Trace(_a.Source, discover, 0);
        trace.DropReason.ShouldBe(DropReason.None);
    }

    [Fact]
    public void Nobody_contradicts_a_port_that_probes_for_its_own_address()
    {
        PacketBuffer probe = new();
        Vicinal.Services.ArpFrame.WriteProbe(probe, _a.Mac, _a.Address);
        _a.Host.SendRaw(probe.Span.ToArray());
        Vicinal.Services.NeighborFrame.WriteProbe(probe, _a.Mac, IpAddress.Parse("2001:db8:1::5"));
        _a.Host.SendRaw(probe.Span.ToArray());
        _cloud.Run();
        _a.Host.Seen.ShouldBeEmpty();
        _c1.Tunnelled.ShouldBeEmpty();
    }

    [Fact]
    public void A_port_that_probes_for_anothers_address_is_told()
    {
        PacketBuffer probe = new();
        Vicinal.Services.ArpFrame.WriteProbe(probe, _a.Mac, _b.Address);
        _a.Host.SendRaw(probe.Span.ToArray());
        Vicinal.Services.NeighborFrame.WriteProbe(probe, _a.Mac, IpAddress.Parse("2001:db8:1::6"));
        _a.Host.SendRaw(probe.Span.ToArray());
        _cloud.Run();
        _a.Host.Seen.Count.ShouldBe(2);
        _a.Host.Seen.ShouldAllBe(s => s.Headers.SourceMac == _b.Mac);
    }

    [Fact]
    public void A_port_that_is_down_says_and_hears_nothing()
    {
        _a.Host.Ping(_b.Address);
        _cloud.Run();
        _a.Change(p => p with { AdminUp = false });
        _a.Host.Inbox.Clear();
        _a.Host.Ping(_b.Address);
        _b.Host.Ping(_a.Address);
        _cloud.Run();
        _a.Host.Inbox.ShouldBeEmpty();
        _c1.Node.Counters[DropReason.PortDown].ShouldBe(2);
    }

    private byte[] Forge(string what)
    {
        FrameEnds ends = new(_a.Mac, _b.Mac, _a.Address, _b.Address);
        IpAddress a6 = IpAddress.Parse("2001:db8:1::5");
        IpAddress b6 = IpAddress.Parse("2001:db8:1::6");
        FrameEnds ends6 = ends with { Source = a6, Destination = b6 };
        return what switch
        {
            "source MAC" => PacketBuilder.Udp(ends with { SourceMac = s_forged }, 1, 2, []),
            "IPv4 source" => PacketBuilder.Udp(ends with { Source = IpAddress.Parse("10.0.1.77") }, 1, 2, []),
            "IPv6 source" => PacketBuilder.Udp(ends6 with { Source = IpAddress.Parse("2001:db8:1::77") }, 1, 2, []),
            "IPv6 link-local of another MAC" => PacketBuilder.Udp(ends6 with { Source = IpAddress.LinkLocalFor(_b.Mac) }, 1, 2, []),
            "ARP sender address" => PacketBuilder.ArpRequest(_a.Mac, IpAddress.Parse("10.0.1.77"), _b.Address),
            "ARP sender MAC" => PacketBuilder.Arp(
                MacAddress.Broadcast, _a.Mac, new ArpMessage(ArpMessage.Request, s_forged, _a.Address, MacAddress.Zero, _b.Address)),
            "gratuitous ARP for another" => PacketBuilder.ArpRequest(_a.Mac, _b.Address, _b.Address),
            "ND source link-layer option" => Solicitation(a6, b6, s_forged),
            "NA target" => Advertisement(a6, b6, b6, _a.Mac),
            "NA target link-layer option" => Advertisement(a6, b6, a6, s_forged),
            "DHCP offer" => PacketBuilder.Udp(ends, 67, 68, new byte[240]),
            "DHCPv6 reply" => PacketBuilder.Udp(ends6, 547, 546, new byte[20]),
            "router advertisement" => PacketBuilder.Icmp(
                ends6 with { Source = IpAddress.LinkLocalFor(_a.Mac) }, new IcmpHeader(Icmpv6Type.RouterAdvertisement, 0, 0, 0), new byte[8], 255),
            "LLDP" => Ethernet(MacAddress.Parse("01:80:c2:00:00:0e"), _a.Mac, EtherType.Lldp),
            "VLAN tag" => PacketBuilder.Tagged(PacketBuilder.Udp(ends, 1, 2, []), new VlanTag(0, false, 100)),
            "0.0.0.0 to somebody" => PacketBuilder.Udp(ends with { Source = IpAddress.Ipv4Any }, 1, 2, []),
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        };
    }

    private byte[] Solicitation(IpAddress source, IpAddress target, MacAddress option)
    {
        NeighborSolicitation message = new(target, option);
        byte[] frame = new byte[NeighborMessage.MessageOffset + message.Size];
        message.Write(frame.AsSpan(NeighborMessage.MessageOffset));
        IpAddress group = target.SolicitedNodeMulticast();
        NeighborMessage.Seal(frame, new FrameEnds(_a.Mac, MacAddress.ForIpv6Multicast(group), source, group));
        return frame;
    }

    private byte[] Advertisement(IpAddress source, IpAddress destination, IpAddress target, MacAddress option)
    {
        NeighborAdvertisement message = new(target, false, true, true, option);
        byte[] frame = new byte[NeighborMessage.MessageOffset + message.Size];
        message.Write(frame.AsSpan(NeighborMessage.MessageOffset));
        NeighborMessage.Seal(frame, new FrameEnds(_a.Mac, _b.Mac, source, destination));
        return frame;
    }

    private static byte[] Ethernet(MacAddress destination, MacAddress source, ushort type)
    {
        byte[] frame = new byte[60];
        new EthernetHeader(destination, source, type).Write(frame);
        return frame;
    }
}

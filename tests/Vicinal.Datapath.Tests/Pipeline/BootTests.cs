using System.Buffers.Binary;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.Tests.Pipeline;

/// <summary>DHCP and router advertisements on a node: who answers whom, and who hears nothing of it.</summary>
public sealed class BootTests
{
    private readonly SimCloud _cloud = new();
    private readonly SegmentRow _network;
    private readonly SubnetRow _subnet4;
    private readonly SubnetRow _subnet6;
    private readonly SimPort _a;
    private readonly SimPort _b;
    private readonly SimNode _c1;

    public BootTests()
    {
        _c1 = _cloud.AddNode("c1");
        SimNode c2 = _cloud.AddNode("c2");
        _network = _cloud.AddNetwork();
        Guid open = _cloud.AddAllowAllGroup();
        _subnet4 = new SubnetRow(_cloud.NewId(), _network.NetworkId, IpPrefix.Parse("10.0.1.0/24"), IpAddress.Parse("10.0.1.1"), true, default, default, default, default);
        _subnet6 = new SubnetRow(
            _cloud.NewId(), _network.NetworkId, IpPrefix.Parse("2001:db8:1::/64"), IpAddress.Parse("2001:db8:1::1"), true, default, default, Ipv6Mode.Slaac, Ipv6Mode.Slaac);
        _cloud.Put(_subnet4, _subnet6);
        _a = AddPort(_c1, open, "10.0.1.5/24");
        _b = AddPort(c2, open, "10.0.1.6/24");
        _cloud.Run();
        _a.Host.Seen.Clear();
    }

    [Fact]
    public void A_discover_is_answered_on_the_node_and_nobody_else_hears_it()
    {
        _c1.Tunnelled.Clear();
        _a.Host.SendRaw(Discover(_a));
        _cloud.Run();
        Received offer = _a.Host.Seen.ShouldHaveSingleItem();
        (offer.Headers.Source, offer.Headers.Destination, offer.Headers.SourceMac).ShouldBe((ServiceAddress.Ipv4, _a.Address, ServiceAddress.Mac));
        _c1.Tunnelled.ShouldBeEmpty();
        _b.Host.Seen.ShouldNotContain(s => s.Headers.DestinationPort == 67);
    }

    [Fact]
    public void With_a_router_the_gateway_is_the_server_and_hears_renewals_by_unicast()
    {
        RouterInterfaceRow router = _cloud.AddRouter((_network, "10.0.1.1/24")).Interfaces[0];
        byte[] renewal = Message(_a, 3, _a.Address);
        router.Mac.Write(renewal);
        _a.Host.SendRaw(renewal);
        _cloud.Run();
        _a.Host.Seen.ShouldHaveSingleItem().Headers.Source.ShouldBe(IpAddress.Parse("10.0.1.1"));
    }

    [Fact]
    public void No_filter_keeps_an_instance_from_booting()
    {
        _a.Change(static row => row with { SecurityGroups = [] });
        _a.Host.SendRaw(Discover(_a));
        _a.Host.SendRaw(Solicitation(_a));
        _cloud.Run();
        _a.Host.Seen.Count.ShouldBe(2);
    }

    [Fact]
    public void Where_dhcp_is_off_the_question_is_a_packet_like_any_other_and_answered_again_when_it_is_on()
    {
        _cloud.Put(_subnet4 with { EnableDhcp = false });
        _a.Host.SendRaw(Discover(_a));
        _cloud.Run();
        _a.Host.Seen.ShouldBeEmpty();
        _b.Host.Seen.ShouldContain(s => s.Headers.DestinationPort == 67);
        _cloud.Put(_subnet4);
        _a.Host.SendRaw(Discover(_a));
        _cloud.Run();
        _a.Host.Seen.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_port_without_an_address_is_ignored()
    {
        _cloud.Put(Instance(_a) with { Addresses = default });
        _a.Host.SendRaw(Discover(_a));
        _cloud.Run();
        _a.Host.Seen.ShouldBeEmpty();
        _b.Host.Seen.ShouldNotContain(s => s.Headers.DestinationPort == 67);
    }

    [Fact]
    public void Of_several_addresses_the_port_gets_the_one_it_asks_for_and_else_its_first()
    {
        SubnetRow other = _subnet4 with { SubnetId = _cloud.NewId(), Cidr = IpPrefix.Parse("10.0.2.0/24"), Gateway = null };
        IpAddress second = IpAddress.Parse("10.0.2.5");
        _cloud.Put(other, Instance(_a) with { Addresses = [new SubnetAddress(_subnet4.SubnetId, _a.Address), new SubnetAddress(other.SubnetId, second)] });
        _a.Host.SendRaw(Discover(_a));
        _a.Host.SendRaw(Message(_a, 1, null, [50, 4, 10, 0, 2, 5]));
        _cloud.Run();
        _a.Host.Seen.Select(s => s.Headers.Destination).ShouldBe([_a.Address, second]);
    }

    [Theory]
    [InlineData(67, 68)]
    [InlineData(67, 67)]
    [InlineData(547, 546)]
    [InlineData(547, 547)]
    public void A_server_or_relay_of_an_instance_reaches_nobody_unless_its_port_is_trusted(int from, int to)
    {
        bool v4 = from == 67;
        FrameEnds ends = v4
            ? new FrameEnds(_a.Mac, MacAddress.Broadcast, _a.Address, IpAddress.Parse("255.255.255.255"))
            : new FrameEnds(_a.Mac, MacAddress.ForIpv6Multicast(NeighborFrame.AllNodes), IpAddress.LinkLocalFor(_a.Mac), NeighborFrame.AllNodes);
        byte[] forged = PacketBuilder.Udp(in ends, (ushort)from, (ushort)to, new byte[240]);
        _b.Host.Seen.Clear();
        _a.Host.SendRaw(forged);
        _cloud.Run();
        _b.Host.Seen.ShouldBeEmpty();
        _c1.Node.Counters[DropReason.ForgedService].ShouldBe(1);
        _a.Change(static row => row with { PortSecurity = false });
        _a.Host.SendRaw(forged);
        _cloud.Run();
        _b.Host.Seen.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_forged_advertisement_reaches_nobody()
    {
        PacketBuffer forged = new();
        RouterAdvertisement content = new() { RouterLifetime = 1800, SourceLinkLayer = _a.Mac };
        RouterAdvertiser.TryWrite(in content, _a.Mac, IpAddress.LinkLocalFor(_a.Mac), forged).ShouldBeTrue();
        _b.Host.Seen.Clear();
        _a.Host.SendRaw(forged.Span.ToArray());
        _cloud.Run();
        _b.Host.Seen.ShouldBeEmpty();
        _c1.Node.Counters[DropReason.ForgedService].ShouldBe(1);
    }

    [Fact]
    public void Who_asks_in_anothers_name_hears_nothing_and_is_counted()
    {
        byte[] foreign = Discover(_a);
        _b.Mac.Write(foreign.AsSpan(14 + 20 + 8 + 28));
        Rewrite(foreign);
        _a.Host.SendRaw(foreign);
        _cloud.Run();
        _a.Host.Seen.ShouldBeEmpty();
        _c1.Node.Counters[DropReason.SpoofedDhcp].ShouldBe(1);

        // An honest one with the same headers is not taken for it.
        _a.Host.SendRaw(Discover(_a));
        _cloud.Run();
        _a.Host.Seen.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_solicitation_is_answered_with_the_router_and_its_prefix()
    {
        RouterInterfaceRow router = _cloud.AddRouter().AddInterface(_network, "2001:db8:1::1/64");
        _cloud.Fabric.Advance(40_000);
        _a.Host.Seen.Clear();
        _a.Host.SendRaw(Solicitation(_a));
        _cloud.Run();
        RouterAdvertisement told = Advertisements(_a).ShouldHaveSingleItem();
        told.RouterLifetime.ShouldBe((ushort)9000);
        told.SourceLinkLayer.ShouldBe(router.Mac);
        told.Mtu.ShouldBe(1442);
        AdvertisedPrefix prefix = told.Prefixes.ShouldHaveSingleItem();
        (prefix.Prefix, prefix.Autonomous).ShouldBe((_subnet6.Cidr, true));
        told.DnsServers.ShouldBe([ServiceAddress.Ipv6]);
    }

    [Theory]
    [InlineData(Ipv6Mode.Slaac, false, false, true)]
    [InlineData(Ipv6Mode.Stateful, true, true, false)]
    [InlineData(Ipv6Mode.Stateless, false, true, true)]
    public void The_flags_say_how_instances_come_by_addresses(Ipv6Mode mode, bool managed, bool other, bool autonomous)
    {
        _cloud.Put(_subnet6 with { RaMode = mode, AddressMode = mode });
        _a.Host.SendRaw(Solicitation(_a));
        _cloud.Run();
        RouterAdvertisement told = Advertisements(_a).ShouldHaveSingleItem();
        (told.Managed, told.OtherConfiguration, told.Prefixes[0].Autonomous, told.RouterLifetime).ShouldBe((managed, other, autonomous, (ushort)0));
    }

    [Fact]
    public void Where_somebody_else_is_to_advertise_the_node_says_nothing()
    {
        _cloud.Put(_subnet6 with { RaMode = Ipv6Mode.None });
        _cloud.Fabric.Advance(40_000);
        _a.Host.Seen.Clear();
        _cloud.Fabric.Advance(400_000);
        _a.Host.SendRaw(Solicitation(_a));
        _cloud.Run();
        Advertisements(_a).ShouldBeEmpty();
    }

    [Fact]
    public void Ports_hear_at_once_when_a_router_comes_and_when_it_leaves()
    {
        SimRouter router = _cloud.AddRouter();
        RouterInterfaceRow port = router.AddInterface(_network, "2001:db8:1::1/64");
        _c1.Node.Tick(_cloud.Fabric.Now);
        _cloud.Run();
        Advertisements(_a).ShouldContain(told => told.RouterLifetime == 9000);

        _a.Host.Seen.Clear();
        _cloud.Remove(port);
        _c1.Node.Tick(_cloud.Fabric.Now);
        _cloud.Run();
        Advertisements(_a).ShouldContain(told => told.RouterLifetime == 0 && told.SourceLinkLayer == port.Mac);
    }

    [Fact]
    public void A_prefix_that_goes_is_taken_back()
    {
        _c1.Node.Tick(_cloud.Fabric.Now);
        _cloud.Run();
        _a.Host.Seen.Clear();
        _cloud.Remove(_subnet6);
        _c1.Node.Tick(_cloud.Fabric.Now);
        _cloud.Run();
        AdvertisedPrefix prefix = Advertisements(_a).ShouldHaveSingleItem().Prefixes.ShouldHaveSingleItem();
        (prefix.Prefix, prefix.PreferredLifetime).ShouldBe((_subnet6.Cidr, 0u));
    }

    [Fact]
    public void A_thousand_ports_hear_of_a_change_within_ticks_that_stay_small_and_again_before_it_ends()
    {
        Guid open = _cloud.AddAllowAllGroup();
        SimPort[] ports = [.. Enumerable.Range(0, 1000).Select(i => AddPort(_c1, open, $"10.0.{2 + (i / 250)}.{1 + (i % 250)}/16"))];
        long most = 0;
        for (int tick = 0; tick < 20; tick++)
        {
            long before = _c1.Delivered.Count;
            _c1.Node.Tick(_cloud.Fabric.Now);
            most = Math.Max(most, _c1.Delivered.Count - before);
        }

        most.ShouldBeLessThanOrEqualTo(128);
        _cloud.Run();
        ports.ShouldAllBe(port => port.Host.Seen.Any(s => s.Headers.IcmpType == Icmpv6Type.RouterAdvertisement));
    }

    private SimPort AddPort(SimNode node, Guid group, string address)
    {
        SimPort port = _cloud.AddPort(_network, node, [group], address);
        _cloud.Put(Instance(port));
        return port;
    }

    private InstanceRow Instance(SimPort port) =>
        new(port.Id, "instance", "project", "web", "example", [new SubnetAddress(_subnet4.SubnetId, port.Address)], default);

    private static byte[] Discover(SimPort port) => Message(port, 1, null);

    private static byte[] Message(SimPort port, byte type, IpAddress? client, params byte[] options)
    {
        byte[] message = new byte[240];
        (message[0], message[1], message[2]) = (1, 1, 6);
        client?.WriteIpv4(message.AsSpan(12));
        port.Mac.Write(message.AsSpan(28));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(236), DhcpRequest.MagicCookie);
        FrameEnds ends = new(port.Mac, MacAddress.Broadcast, client ?? IpAddress.Ipv4Any, IpAddress.Parse("255.255.255.255"));
        return PacketBuilder.Udp(in ends, 68, 67, [.. message, 53, 1, type, .. options, 255]);
    }

    private static byte[] Solicitation(SimPort port)
    {
        RouterSolicitation message = new(port.Mac);
        byte[] frame = new byte[NeighborMessage.MessageOffset + message.Size];
        message.Write(frame.AsSpan(NeighborMessage.MessageOffset));
        NeighborMessage.Seal(frame, new FrameEnds(port.Mac, MacAddress.ForIpv6Multicast(NeighborFrame.AllRouters), IpAddress.LinkLocalFor(port.Mac), NeighborFrame.AllRouters));
        return frame;
    }

    private static void Rewrite(byte[] frame)
    {
        _ = PacketHeaders.Parse(frame, out PacketHeaders h);
        Checksum.WriteTransport(frame, in h);
    }

    private static List<RouterAdvertisement> Advertisements(SimPort port)
    {
        List<RouterAdvertisement> result = [];
        foreach (Received seen in port.Host.Seen)
        {
            PacketHeaders h = seen.Headers;
            if (RouterAdvertisement.TryRead(seen.Frame, in h, out RouterAdvertisement message) && Checksum.IsTransportRight(seen.Frame, in h))
            {
                result.Add(message);
            }
        }

        return result;
    }
}

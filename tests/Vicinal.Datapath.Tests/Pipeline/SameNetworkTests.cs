using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class SameNetworkTests
{
    private readonly SimCloud _cloud = new();
    private readonly SimNode _c1;
    private readonly SimNode _c2;
    private readonly SimNode _c3;
    private readonly SegmentRow _network;
    private readonly SimPort _a;
    private readonly SimPort _b;
    private readonly SimPort _local;

    public SameNetworkTests()
    {
        _c1 = _cloud.AddNode("c1");
        _c2 = _cloud.AddNode("c2");
        _c3 = _cloud.AddNode("c3");
        _network = _cloud.AddNetwork();
        ValueList<Guid> open = [_cloud.AddAllowAllGroup()];
        _a = _cloud.AddPort(_network, _c1, open, "10.0.1.5/24", "2001:db8:1::5/64");
        _b = _cloud.AddPort(_network, _c2, open, "10.0.1.6/24", "2001:db8:1::6/64");
        _local = _cloud.AddPort(_network, _c1, open, "10.0.1.7/24", "2001:db8:1::7/64");
    }

    [Theory]
    [InlineData("10.0.1.6")]
    [InlineData("2001:db8:1::6")]
    public void A_ping_crosses_straight_between_two_nodes(string destination)
    {
        _a.Host.Ping(IpAddress.Parse(destination));
        _cloud.Run();

        Received reply = _a.Host.Inbox.ShouldHaveSingleItem();
        reply.Headers.Source.ShouldBe(IpAddress.Parse(destination));
        reply.Headers.Ttl.ShouldBe((byte)64);
        reply.Headers.SourceMac.ShouldBe(_b.Mac);
        SentTunnel request = _c1.Tunnelled.ShouldHaveSingleItem();
        request.Remote.ShouldBe(_c2.Settings.TunnelAddress);
        request.Header.Vni.ShouldBe(_network.Vni);
        request.Header.IngressPortKey.ShouldBe((ushort)_a.Row.PortKey);
        request.Header.EgressPortKey.ShouldBe((ushort)_b.Row.PortKey);
        _c3.Node.Counters.Received.ShouldBe(0);
    }

    [Fact]
    public void Neighbours_on_one_node_never_touch_the_underlay()
    {
        _a.Host.Ping(_local.Address);
        _cloud.Run();

        _a.Host.Inbox.ShouldHaveSingleItem().Headers.SourceMac.ShouldBe(_local.Mac);
        _c1.Tunnelled.ShouldBeEmpty();
    }

    [Fact]
    public void Arp_for_a_known_address_is_answered_on_the_spot()
    {
        _a.Host.Ping(_b.Address);
        _cloud.Run();

        _b.Host.Seen.ShouldAllBe(r => !r.Headers.IsArp || r.Headers.DestinationMac == _b.Mac);
        _a.Host.NeighborOf(_b.Address).ShouldBe(_b.Mac);
    }

    [Fact]
    public void Arp_for_an_unknown_address_is_not_flooded()
    {
        _a.Host.Ping(IpAddress.Parse("10.0.1.99"));
        _cloud.Run();

        _c1.Tunnelled.ShouldBeEmpty();
        _local.Host.Seen.ShouldBeEmpty();
        _c1.Node.Counters[DropReason.UnknownDestination].ShouldBe(1);
    }

    [Fact]
    public void A_broadcast_reaches_every_port_once_and_only_nodes_that_have_one()
    {
        byte[] frame = PacketBuilder.Udp(
            new FrameEnds(_a.Mac, MacAddress.Broadcast, _a.Address, IpAddress.Parse("10.0.1.255")), 5000, 5001, [1, 2, 3]);
        _a.Host.SendRaw(frame);
        _cloud.Run();

        _b.Host.Seen.ShouldHaveSingleItem();
        _local.Host.Seen.ShouldHaveSingleItem();
        _a.Host.Seen.ShouldBeEmpty();
        _c1.Tunnelled.ShouldHaveSingleItem().Remote.ShouldBe(_c2.Settings.TunnelAddress);
        _c2.Tunnelled.ShouldBeEmpty();
    }

    [Fact]
    public void Later_packets_of_a_flow_are_replayed_and_look_the_same()
    {
        for (ushort i = 1; i <= 4; i++)
        {
            _a.Host.Ping(_b.Address, 7, i);
            _cloud.Run();
        }

        _a.Host.Inbox.Count.ShouldBe(4);
        _c1.Node.Counters.CacheHits.ShouldBeGreaterThan(0);
        _c2.Node.Counters.CacheHits.ShouldBeGreaterThan(0);
        _c1.Tunnelled.Count.ShouldBe(4);
        _c1.Tunnelled.ShouldAllBe(t => t.Header == _c1.Tunnelled[0].Header && t.Hash == _c1.Tunnelled[0].Hash);
    }

    [Fact]
    public void A_port_that_is_deleted_is_reached_no_more()
    {
        _a.Host.Ping(_b.Address);
        _cloud.Run();
        _b.Delete();
        _a.Host.Inbox.Clear();
        _a.Host.Ping(_b.Address);
        _cloud.Run();

        _a.Host.Inbox.ShouldBeEmpty();
        _c1.Node.Counters[DropReason.UnknownDestination].ShouldBe(1);
    }

    [Fact]
    public void Another_network_is_out_of_reach_without_a_router()
    {
        SegmentRow other = _cloud.AddNetwork();
        SimPort c = _cloud.AddPort(other, _c1, [_cloud.AddAllowAllGroup()], "10.0.2.5/24");
        byte[] frame = PacketBuilder.Udp(new FrameEnds(_a.Mac, c.Mac, _a.Address, c.Address), 1, 2, []);
        _a.Host.SendRaw(frame);
        _cloud.Run();

        c.Host.Seen.ShouldBeEmpty();
        _c1.Node.Counters[DropReason.UnknownDestination].ShouldBe(1);
    }
}

using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Gateways;

/// <summary>A router that is not distributed: whatever a packet's way, it passes the node that serves the router, once.</summary>
public sealed class CentralizedRoutingTests
{
    public static TheoryData<Encapsulation, bool> Networks
    {
        get
        {
            TheoryData<Encapsulation, bool> data = [];
            foreach (Encapsulation kind in new[] { Encapsulation.Geneve, Encapsulation.Vxlan, Encapsulation.Vlan })
            {
                data.Add(kind, false);
                data.Add(kind, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void East_west_traffic_passes_the_gateway_node(Encapsulation kind, bool ipv6)
    {
        GatewayCloud cloud = new(distributed: false, kind);
        string b = ipv6 ? "2001:db8:2::5" : "10.0.2.5";
        bool tunnels = kind != Encapsulation.Vlan;
        cloud.Ways(() => cloud.Pings(cloud.A.Host, b).ShouldBeTrue())
            .ShouldBe(tunnels ? ["c1>g1", "g1>c2", "c2:", "c2>g1", "g1>c1", "c1:"] : ["c1~", "g1~", "c2:", "c2~", "g1~", "c1:"]);
        cloud.B.Host.Inbox[^1].Headers.Ttl.ShouldBe((byte)63);
        cloud.B.Host.Inbox[^1].Headers.SourceMac.ShouldBe(cloud.Router2.Mac);
        cloud.Pings(cloud.A.Host, b, 78).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Also_between_two_instances_of_one_compute(Encapsulation kind, bool ipv6)
    {
        GatewayCloud cloud = new(distributed: false, kind);
        string e = ipv6 ? "2001:db8:2::6" : "10.0.2.6";
        bool tunnels = kind != Encapsulation.Vlan;
        cloud.Ways(() => cloud.Pings(cloud.A.Host, e).ShouldBeTrue())
            .ShouldBe(tunnels ? ["c1>g1", "g1>c1", "c1:", "c1>g1", "g1>c1", "c1:"] : ["c1~", "g1~", "c1:", "c1~", "g1~", "c1:"]);
        cloud.E.Host.Inbox[^1].Headers.Ttl.ShouldBe((byte)63);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void To_and_from_an_instance_on_the_gateway_node(Encapsulation kind, bool ipv6)
    {
        GatewayCloud cloud = new(distributed: false, kind);
        (string v, string b) = ipv6 ? ("2001:db8:1::9", "2001:db8:2::5") : ("10.0.1.9", "10.0.2.5");
        bool tunnels = kind != Encapsulation.Vlan;
        cloud.Ways(() => cloud.Pings(cloud.V.Host, b).ShouldBeTrue()).ShouldBe(tunnels ? ["g1>c2", "c2:", "c2>g1", "g1:"] : ["g1~", "c2:", "c2~", "g1:"]);
        cloud.Ways(() => cloud.Pings(cloud.B.Host, v).ShouldBeTrue()).ShouldBe(tunnels ? ["c2>g1", "g1:", "g1>c2", "c2:"] : ["c2~", "g1:", "g1~", "c2:"]);
        cloud.B.Host.Inbox[^1].Headers.Ttl.ShouldBe((byte)63);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_ping_of_the_routers_own_addresses(Encapsulation kind, bool ipv6)
    {
        GatewayCloud cloud = new(distributed: false, kind);
        string[] addresses = ipv6
            ? ["2001:db8:1::1", "2001:db8:2::1", "2001:db8:ffff::2"]
            : ["10.0.1.1", "10.0.2.1", "198.51.100.2"];
        foreach (string address in addresses)
        {
            cloud.Ways(() => cloud.Pings(cloud.A.Host, address).ShouldBeTrue(address))
                .ShouldBe(kind == Encapsulation.Vlan ? ["c1~", "g1~", "c1:"] : ["c1>g1", "g1>c1", "c1:"]);
        }
    }

    [Fact]
    public void The_routers_link_local_address_answers_too()
    {
        foreach (Encapsulation kind in new[] { Encapsulation.Geneve, Encapsulation.Vxlan, Encapsulation.Vlan })
        {
            GatewayCloud cloud = new(distributed: false, kind);
            IpAddress own = IpAddress.LinkLocalFor(cloud.A.Mac);
            IpAddress router = IpAddress.LinkLocalFor(cloud.Router1.Mac);
            cloud.A.Host.SendRaw(PacketBuilder.EchoRequest(new FrameEnds(cloud.A.Mac, cloud.Router1.Mac, own, router), 5, 1, []));
            cloud.Run();
            cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.Source.ShouldBe(router);
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Outside_without_a_floating_ip(Encapsulation kind, bool ipv6)
    {
        GatewayCloud cloud = new(distributed: false, kind);
        string to = ipv6 ? "2001:db8:ffff::200" : "198.51.100.200";
        bool tunnels = kind != Encapsulation.Vlan;
        cloud.Ways(() => cloud.Pings(cloud.A.Host, to).ShouldBeTrue()).ShouldBe(tunnels ? ["c1>g1", "g1~", "g1>c1", "c1:"] : ["c1~", "g1~", "g1~", "c1:"]);
        PacketHeaders seen = cloud.Internet.Inbox[^1].Headers;
        seen.Source.ShouldBe(IpAddress.Parse(ipv6 ? "2001:db8:1::5" : "198.51.100.2"));
        seen.Ttl.ShouldBe((byte)63);
    }

    [Theory]
    [InlineData(Encapsulation.Geneve)]
    [InlineData(Encapsulation.Vxlan)]
    [InlineData(Encapsulation.Vlan)]
    public void A_floating_ip_both_ways(Encapsulation kind)
    {
        GatewayCloud cloud = new(distributed: false, kind);
        StaticNatRow nat = cloud.GiveFloatingIp("198.51.100.10", cloud.A);
        bool tunnels = kind != Encapsulation.Vlan;
        cloud.Ways(() => cloud.Pings(cloud.A.Host, "198.51.100.200").ShouldBeTrue()).ShouldBe(tunnels ? ["c1>g1", "g1~", "g1>c1", "c1:"] : ["c1~", "g1~", "g1~", "c1:"]);
        (cloud.Internet.Inbox[^1].Headers.Source, cloud.Internet.Inbox[^1].Headers.SourceMac).ShouldBe((nat.ExternalAddress, nat.ExternalMac));

        cloud.Ways(() => cloud.Pings(cloud.Internet, nat.ExternalAddress).ShouldBeTrue()).ShouldBe(tunnels ? ["g1>c1", "c1:", "c1>g1", "g1~"] : ["g1~", "c1:", "c1~", "g1~"]);
        cloud.A.Host.Inbox[^1].Headers.Ttl.ShouldBe((byte)63);

        // A neighbour of the same compute, by the floating IP.
        cloud.Pings(cloud.E.Host, nat.ExternalAddress).ShouldBeTrue();
        cloud.A.Host.Inbox[^1].Headers.Source.ShouldBe(IpAddress.Parse("198.51.100.2"));
    }

    [Theory]
    [InlineData(Encapsulation.Geneve)]
    [InlineData(Encapsulation.Vlan)]
    public void Errors_come_from_the_router_where_the_sender_knows_it(Encapsulation kind)
    {
        GatewayCloud cloud = new(distributed: false, kind);
        cloud.A.Host.SendUdp(IpAddress.Parse("10.0.2.5"), 4000, 33434, ttl: 1);
        cloud.Run();
        Received expired = cloud.A.Host.Inbox.ShouldHaveSingleItem();
        (expired.Headers.IcmpType, expired.Headers.Source).ShouldBe((Icmpv4Type.TimeExceeded, IpAddress.Parse("10.0.1.1")));
        expired.Quoted.Source.ShouldBe(cloud.A.Address);

        cloud.A.Host.Inbox.Clear();
        cloud.A.Host.SendUdp(IpAddress.Parse("203.0.113.9"), 4000, 53);
        cloud.Run();
        cloud.Advance(8000);
        PacketHeaders unreachable = cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers;
        (unreachable.IcmpType, unreachable.Source).ShouldBe((Icmpv4Type.DestinationUnreachable, IpAddress.Parse("10.0.1.1")));

        cloud.A.Host.Inbox.Clear();
        cloud.A.Host.SendTcp(IpAddress.Parse("10.0.2.1"), 4000, 80, TcpFlags.Syn);
        cloud.Run();
        PacketHeaders refused = cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers;
        (refused.IcmpType, refused.IcmpCode, refused.Source).ShouldBe((Icmpv4Type.DestinationUnreachable, (byte)3, IpAddress.Parse("10.0.2.1")));
    }

    [Fact]
    public void What_is_too_long_for_the_way_out_is_said_by_the_gateway_node()
    {
        GatewayCloud cloud = new(distributed: false);
        cloud.Cloud.Put(cloud.Net2 with { Mtu = 1200 });
        cloud.A.Host.SendIp(DontFragment(PacketBuilder.Udp(cloud.A.Host.EndsTo(cloud.B.Address), 4000, 53, new byte[1300])));
        cloud.Run();
        Received error = cloud.A.Host.Inbox.ShouldHaveSingleItem();
        (error.Headers.IcmpType, error.Headers.IcmpCode, error.Headers.Source).ShouldBe((Icmpv4Type.DestinationUnreachable, (byte)4, IpAddress.Parse("10.0.1.1")));
        cloud.B.Host.Inbox.ShouldBeEmpty();

        // What may be cut arrives in pieces.
        cloud.A.Host.SendUdp(cloud.B.Address, 4000, 53, 1300);
        cloud.Run();
        cloud.B.Host.Inbox.Count.ShouldBe(2);
        cloud.B.Host.Inbox.ShouldAllBe(r => r.Headers.L3Length <= 1200);
    }

    [Theory]
    [InlineData(Encapsulation.Geneve, Encapsulation.Geneve)]
    [InlineData(Encapsulation.Geneve, Encapsulation.Vlan)]
    [InlineData(Encapsulation.Vxlan, Encapsulation.Geneve)]
    [InlineData(Encapsulation.Vlan, Encapsulation.Vlan)]
    public void From_router_to_router_over_the_node_of_each(Encapsulation kind, Encapsulation between)
    {
        foreach (bool distributed in new[] { false, true })
        {
            GatewayCloud cloud = new(distributed: false, kind);
            SegmentRow link = cloud.AddNetwork(between, 103);
            SegmentRow far = cloud.AddNetwork(kind, 104);
            SimPort f = cloud.Cloud.AddPort(far, cloud.C2, [cloud.Open], "10.0.4.5/24>10.0.4.1");
            SimRouter other = cloud.Cloud.AddRouter((far, "10.0.4.1/24"), (link, "10.0.3.2/24"));
            other.Change(r => r with
            {
                Distributed = distributed,
                Lease = GatewayLease.Short,
                GatewayNodes = [new GatewayNode("g2", 2), new GatewayNode("g1", 1)],
            });
            cloud.Serve("g2", other);
            cloud.Router.AddInterface(link, "10.0.3.1/24");
            cloud.Cloud.Put(
                new RouteRow(cloud.Router.Id, IpPrefix.Parse("10.0.4.0/24"), IpAddress.Parse("10.0.3.2")),
                new RouteRow(other.Id, IpPrefix.Parse("10.0.1.0/24"), IpAddress.Parse("10.0.3.1")));

            cloud.Pings(cloud.A.Host, f.Address).ShouldBeTrue();
            f.Host.Inbox[^1].Headers.Ttl.ShouldBe((byte)62);
            cloud.A.Host.Inbox[^1].Headers.Ttl.ShouldBe((byte)62);
            List<string> ways = cloud.Ways(() => cloud.Pings(f.Host, cloud.A.Address, 78).ShouldBeTrue());
            ways.Any(w => w.StartsWith("g2", StringComparison.Ordinal)).ShouldBe(!distributed);
            ways.ShouldContain(w => w.StartsWith("g1", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Each_node_answers_for_the_interface_on_a_tunnelled_network_to_its_own_ports()
    {
        GatewayCloud cloud = new(distributed: false);
        cloud.Serve(null);
        cloud.Forget();
        cloud.Pings(cloud.A.Host, "10.0.2.5").ShouldBeFalse();
        cloud.A.Host.NeighborOf(IpAddress.Parse("10.0.1.1")).ShouldBe(cloud.Router1.Mac);
        cloud.Cloud.Fabric.Wire.ShouldBeEmpty();
        cloud.C1.Node.Counters[DropReason.NoGateway].ShouldBe(1);
    }

    [Fact]
    public void On_a_vlan_the_node_that_serves_answers_alone()
    {
        GatewayCloud cloud = new(distributed: false, Encapsulation.Vlan);
        cloud.Forget();
        cloud.Pings(cloud.A.Host, "10.0.1.1").ShouldBeTrue();
        cloud.Pings(cloud.M, "10.0.1.1").ShouldBeTrue();
        cloud.Pings(cloud.M, "2001:db8:1::1").ShouldBeTrue();
        cloud.A.Host.NeighborOf(IpAddress.Parse("10.0.1.1")).ShouldBe(cloud.Router1.Mac);
        cloud.Cloud.Fabric.Wire.Where(w => HeadersOf(w.Frame).SourceMac == cloud.Router1.Mac).ShouldAllBe(w => w.From == "g1");
        cloud.Pings(cloud.M, "10.0.2.5").ShouldBeTrue();
        cloud.Pings(cloud.B.Host, "10.0.1.77").ShouldBeTrue();

        cloud.Serve(null);
        cloud.M.ForgetNeighbors();
        cloud.Pings(cloud.M, "10.0.1.1").ShouldBeFalse();
    }

    [Fact]
    public void A_router_that_is_down_takes_nothing()
    {
        GatewayCloud cloud = new(distributed: false);
        cloud.Router.Change(r => r with { AdminUp = false });
        cloud.A.Host.SendRaw(PacketBuilder.EchoRequest(new FrameEnds(cloud.A.Mac, cloud.Router1.Mac, cloud.A.Address, cloud.B.Address), 5, 1, []));
        cloud.Run();
        cloud.C1.Node.Counters[DropReason.RouterDown].ShouldBe(1);
        cloud.C1.Tunnelled.ShouldBeEmpty();
    }

    [Fact]
    public void The_nodes_in_between_replay_it_from_their_caches()
    {
        GatewayCloud cloud = new(distributed: false);
        StaticNatRow nat = cloud.GiveFloatingIp("198.51.100.10", cloud.E);
        for (ushort i = 0; i < 6; i++)
        {
            cloud.A.Host.SendUdp(cloud.B.Address, 4000, 53);
            cloud.A.Host.SendUdp(cloud.Internet.Address, 4001, 53);
            cloud.E.Host.SendUdp(cloud.Internet.Address, 4002, 53);
            cloud.Internet.SendUdp(nat.ExternalAddress, 4003, 53);
            cloud.Run();
        }

        cloud.B.Host.Inbox.Count.ShouldBe(6);
        cloud.Internet.Inbox.Count.ShouldBe(12);
        cloud.E.Host.Inbox.Count.ShouldBe(6);

        // All but the first of each, and what went while the gateway asked for its neighbour.
        cloud.G1.Node.Counters.CacheHits.ShouldBeGreaterThanOrEqualTo(4 * 4);
        cloud.C1.Node.Counters.CacheHits.ShouldBeGreaterThanOrEqualTo(4 * 4);
    }

    private static byte[] DontFragment(byte[] frame)
    {
        frame[20] |= 0x40;
        frame[24] = frame[25] = 0;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), Checksum.Compute(frame.AsSpan(14, 20)));
        return frame;
    }

    private static PacketHeaders HeadersOf(byte[] frame)
    {
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        return h;
    }
}

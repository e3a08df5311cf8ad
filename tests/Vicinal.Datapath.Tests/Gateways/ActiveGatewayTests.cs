using System.Diagnostics;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Gateways;

/// <summary>Who serves, when nodes agree on it: all follow, and the one that serves speaks alone.</summary>
public sealed class ActiveGatewayTests
{
    private static readonly IpAddress s_snat = IpAddress.Parse("198.51.100.2");

    public static TheoryData<bool> Distributed => [false, true];

    [Theory]
    [MemberData(nameof(Distributed))]
    public void Until_it_is_said_who_serves_nobody_does(bool distributed)
    {
        GatewayCloud cloud = new(distributed);
        cloud.Serve(null);
        cloud.Forget();
        cloud.Pings(cloud.A.Host, cloud.Internet.Address).ShouldBeFalse();
        cloud.Pings(cloud.Internet, s_snat).ShouldBeFalse();
        cloud.Pings(cloud.A.Host, cloud.B.Address).ShouldBe(distributed);
        cloud.G1.Node.Owned.ShouldBeEmpty();
        cloud.WireTraffic().ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Distributed))]
    public void A_takeover_takes_flows_connections_and_addresses_along(bool distributed)
    {
        GatewayCloud cloud = new(distributed);
        StaticNatRow nat = cloud.Router.AddFloatingIp(cloud.External, "198.51.100.10", cloud.E, null, true);
        ushort port = Connect(cloud);
        cloud.Pings(cloud.Internet, nat.ExternalAddress).ShouldBeTrue();
        cloud.Forget();

        cloud.Serve("g2");
        Announced(cloud, "g2").ShouldBe([s_snat, IpAddress.Parse("2001:db8:ffff::2"), IpAddress.LinkLocalFor(cloud.Router.Gateway!.Mac), nat.ExternalAddress], ignoreOrder: true);
        cloud.G1.Transmitted.ShouldBeEmpty();
        Exchange(cloud, port).ShouldBe(port, "the connection goes on with the port that it had");
        cloud.Pings(cloud.Internet, nat.ExternalAddress).ShouldBeTrue();
        cloud.Pings(cloud.A.Host, cloud.B.Address).ShouldBeTrue();
        cloud.WireTraffic().ShouldAllBe(w => w.From != "g1");
        cloud.G1.Node.Owned.ShouldBeEmpty();
        cloud.G2.Node.Owned.ShouldNotBeEmpty();

        // And back, with what was opened meanwhile.
        cloud.Serve("g1");
        Exchange(cloud, port).ShouldBe(port);
        cloud.G2.Node.Owned.ShouldBeEmpty();
    }

    [Fact]
    public void East_west_flows_of_a_distributed_router_do_not_notice_a_takeover()
    {
        GatewayCloud cloud = new(distributed: true);
        for (int i = 0; i < 2; i++)
        {
            cloud.A.Host.SendUdp(cloud.B.Address, 4000, 53);
            cloud.Run();
        }

        long hits = cloud.C1.Node.Counters.CacheHits;
        cloud.Serve("g2");
        cloud.A.Host.SendUdp(cloud.B.Address, 4000, 53);
        cloud.Run();
        cloud.C1.Node.Counters.CacheHits.ShouldBe(hits + 1);
    }

    [Fact]
    public void A_node_that_is_no_gateway_node_of_the_router_any_more_forgets_its_connections()
    {
        GatewayCloud cloud = new(distributed: true);
        _ = Connect(cloud);
        cloud.G1.Node.Connections.ShouldNotBeEmpty();
        cloud.G2.Node.Connections.ShouldNotBeEmpty();
        cloud.Serve("g2");
        cloud.G1.Node.Connections.ShouldNotBeEmpty();
        cloud.Router.Change(r => r with { GatewayNodes = [new GatewayNode("g2", 5)], Schedule = 2 });
        cloud.G1.Node.Connections.ShouldBeEmpty();
        cloud.G2.Node.Connections.ShouldNotBeEmpty();
    }

    [Fact]
    public void Words_and_rows_come_in_any_order()
    {
        GatewayCloud cloud = new(distributed: true);
        cloud.Cloud.Remove(cloud.Router.Row);
        cloud.Serve("g2");
        cloud.Router.Change(r => r with { Schedule = 2 });
        cloud.Ways(() => cloud.Pings(cloud.A.Host, cloud.Internet.Address).ShouldBeTrue()).ShouldContain("g2~");
    }

    [Fact]
    public void Without_a_policy_or_a_lease_the_first_gateway_node_serves()
    {
        GatewayCloud cloud = new(distributed: true);
        cloud.Serve("g2");
        cloud.Router.Change(r => r with { Lease = GatewayLease.None });
        long asked = cloud.Leases["g1"].Asked;
        cloud.Ways(() => cloud.Pings(cloud.A.Host, cloud.Internet.Address).ShouldBeTrue()).ShouldContain("g1~");
        cloud.Leases["g1"].Asked.ShouldBe(asked);

        cloud.Router.Change(r => r with { Lease = GatewayLease.Short });
        cloud.Ways(() => cloud.Pings(cloud.A.Host, cloud.Internet.Address).ShouldBeTrue()).ShouldContain("g2~");
        cloud.Cloud.Remove([.. cloud.Cloud.Rows.OfType<GatewayPolicyRow>()]);
        cloud.Ways(() => cloud.Pings(cloud.A.Host, cloud.Internet.Address).ShouldBeTrue()).ShouldContain("g1~");
    }

    [Fact]
    public void Announcements_go_on_until_the_switches_have_heard()
    {
        GatewayCloud cloud = new(distributed: true);
        cloud.Serve("g2");
        cloud.Advance(10_000);
        for (int i = 0; i < 3; i++)
        {
            cloud.Cloud.Fabric.Wire.Clear();
            cloud.Advance(10_000);
            Announced(cloud, "g2").ShouldContain(s_snat);
        }

        cloud.Pings(cloud.Internet, s_snat).ShouldBeTrue();
        cloud.Cloud.Fabric.Wire.Clear();
        cloud.Advance(30_000);
        Announced(cloud, "g2").ShouldNotContain(s_snat);
    }

    [Fact]
    public void A_thousand_owners_do_not_all_speak_at_once()
    {
        GatewayCloud cloud = new(distributed: false);
        for (int i = 0; i < 600; i++)
        {
            cloud.Router.AddFloatingIp(cloud.External, $"198.18.{i / 200}.{i % 200}", cloud.A, null, true);
        }

        cloud.Forget();
        cloud.Serve("g2");
        Announced(cloud, "g2").Count.ShouldBeLessThan(300);
        cloud.Advance(300);
        Announced(cloud, "g2").Count(a => a.IsIpv4).ShouldBe(601);
    }

    [Fact]
    public void A_takeover_is_a_change_of_role_and_not_a_load()
    {
        NodeLimits limits = new() { Connections = new() { Total = 1 << 17, PerZone = 1 << 17 }, Flows = 1 << 10 };
        GatewayCloud cloud = new(distributed: true, limits: limits);
        const int Replicas = 100_000;
        Fill(cloud, Replicas).ShouldBe(Replicas);
        ActiveGateway[] here = [new ActiveGateway(cloud.Router.Id, "g2")];
        ActiveGateway[] there = [new ActiveGateway(cloud.Router.Id, "g1")];
        double[] times = new double[20];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            cloud.G2.Node.SetActiveGateways(here, cloud.Cloud.Fabric.Now);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            cloud.G2.Node.SetActiveGateways(there, cloud.Cloud.Fabric.Now);
        }

        cloud.G2.Node.ConnectionCount.ShouldBe(Replicas);
        Array.Sort(times);
        TestContext.Current.TestOutputHelper?.WriteLine($"SetActiveGateways with {Replicas} replicas: median {times[10]:F4} ms, worst {times[^1]:F3} ms");
        times[10].ShouldBeLessThan(1);
    }

    private static int Fill(GatewayCloud cloud, int count)
    {
        ConnectionRecorder recorder = new(cloud, count);
        recorder.PutAll(cloud.G2.Node);
        return cloud.G2.Node.ConnectionCount;
    }

    /// <summary>A TCP connection of the instance with the outside. Returns the port that the outside sees.</summary>
    private static ushort Connect(GatewayCloud cloud)
    {
        cloud.A.Host.SendTcp(cloud.Internet.Address, 5000, 80, TcpFlags.Syn);
        cloud.Run();
        ushort port = cloud.Internet.Inbox[^1].Headers.SourcePort;
        cloud.Internet.SendTcp(s_snat, 80, port, TcpFlags.Syn | TcpFlags.Ack, 100, 2);
        cloud.Run();
        return Exchange(cloud, port);
    }

    /// <summary>A segment each way; the outside's answers only if the translation is the one it knows.</summary>
    private static ushort Exchange(GatewayCloud cloud, ushort port)
    {
        cloud.A.Host.Inbox.Clear();
        cloud.Internet.SendTcp(s_snat, 80, port, TcpFlags.Ack, 101, 2);
        cloud.Run();
        cloud.A.Host.Inbox.ShouldHaveSingleItem().Headers.DestinationPort.ShouldBe((ushort)5000);
        cloud.A.Host.SendTcp(cloud.Internet.Address, 5000, 80, TcpFlags.Ack, 2, 101);
        cloud.Run();
        return cloud.Internet.Inbox[^1].Headers.SourcePort;
    }

    private static List<IpAddress> Announced(GatewayCloud cloud, string node) =>
    [
        .. cloud.Cloud.Fabric.Wire.Where(w => w.From == node).Select(w => (Parsed: PacketHeaders.Parse(w.Frame, out PacketHeaders h), h, w.Frame))
            .Where(w => (w.h.IsArp && w.h.Source == w.h.Destination) || (w.h.IsIcmp && w.h.IcmpType == Icmpv6Type.NeighborAdvertisement))
            .Select(w => w.h.Source).Distinct(),
    ];
}

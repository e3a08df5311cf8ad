using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Datapath.Tests.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Gateways;

/// <summary>
/// A node whose lease has run out, though nobody has told it of another: what rests on serving ends with the lease, cached or not, and goes on with
/// it; all else is as before.
/// </summary>
public sealed class LeaseTests
{
    private static readonly IpAddress s_snat = IpAddress.Parse("198.51.100.2");

    [Theory]
    [InlineData(false, Encapsulation.Geneve)]
    [InlineData(true, Encapsulation.Geneve)]
    [InlineData(false, Encapsulation.Vlan)]
    [InlineData(true, Encapsulation.Vlan)]
    public void What_rests_on_serving_ends_with_the_lease_and_goes_on_with_it(bool distributed, Encapsulation networks)
    {
        GatewayCloud cloud = new(distributed, networks);
        StaticNatRow nat = cloud.Router.AddFloatingIp(cloud.External, "198.51.100.10", cloud.E, null, true);
        (string What, Func<bool> Try)[] flows =
        [
            ("SNAT", () => cloud.Pings(cloud.A.Host, cloud.Internet.Address)),
            ("SNAT of an instance on the gateway node", () => cloud.Pings(cloud.V.Host, cloud.Internet.Address)),
            ("IPv6 outside", () => cloud.Pings(cloud.A.Host, "2001:db8:ffff::200")),
            ("IPv6 inside", () => cloud.Pings(cloud.Internet, "2001:db8:1::5")),
            ("the router's own address", () => cloud.Pings(cloud.Internet, s_snat)),
            ("a floating IP from outside", () => cloud.Pings(cloud.Internet, nat.ExternalAddress)),
            ("a floating IP from inside", () => cloud.Pings(cloud.E.Host, cloud.Internet.Address)),
        ];
        (string What, Func<bool> Try)[] eastWest =
        [
            ("east-west", () => cloud.Pings(cloud.A.Host, cloud.B.Address)),
            ("the router's inside address", () => cloud.Pings(cloud.A.Host, "10.0.2.1")),
        ];
        Check(flows, true);
        Check(flows, true);
        Check(eastWest, true);

        cloud.Leases["g1"].Runs = false;
        cloud.Forget();
        Check(flows, false);
        Check(eastWest, distributed);
        cloud.Internet.ForgetNeighbors();
        cloud.Advance(3000);
        Check(flows, false);
        cloud.Cloud.Fabric.Wire.Where(w => w.From == "g1").ShouldAllBe(w => SenderOf(w.Frame) == SimCloud.NicMac(3, 0) || SenderOf(w.Frame) == SimCloud.NicMac(3, 1)
            || SenderOf(w.Frame) == cloud.V.Mac);

        cloud.Leases["g1"].Runs = true;
        Check(flows, true);
        Check(eastWest, true);
    }

    [Fact]
    public void Only_the_lease_of_the_routers_kind_counts()
    {
        GatewayCloud cloud = new(distributed: true, lease: GatewayLease.Long);
        cloud.Leases["g1"].End(GatewayLease.Short);
        cloud.Pings(cloud.A.Host, cloud.Internet.Address).ShouldBeTrue();
        cloud.Leases["g1"].End(GatewayLease.Long);
        cloud.Pings(cloud.A.Host, cloud.Internet.Address).ShouldBeFalse();
        cloud.G1.Node.Counters[DropReason.LeaseEnded].ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData(GatewayLease.Short)]
    [InlineData(GatewayLease.Long)]
    [InlineData(GatewayLease.None)]
    public void Cached_flows_carry_the_lease_that_they_rest_on(GatewayLease lease)
    {
        GatewayCloud cloud = new(distributed: true, lease: lease);
        for (int i = 0; i < 3; i++)
        {
            cloud.A.Host.SendUdp(cloud.Internet.Address, 4000, 53);
            cloud.A.Host.SendUdp(cloud.B.Address, 4000, 53);
            cloud.V.Host.SendUdp(cloud.B.Address, 4000, 53);
            cloud.Run();
        }

        LeasesOf(cloud.G1, FlowOutputKind.Physical).ShouldBe([lease]);
        LeasesOf(cloud.G1, FlowOutputKind.Tunnel).ShouldBe([GatewayLease.None]);
        LeasesOf(cloud.C1, FlowOutputKind.Tunnel).ShouldBe([GatewayLease.None], "a compute sends, whoever serves");
    }

    [Fact]
    public void A_packet_of_a_batch_is_judged_at_its_own_moment()
    {
        GatewayCloud cloud = new(distributed: true);
        for (int i = 0; i < 3; i++)
        {
            cloud.A.Host.SendUdp(cloud.Internet.Address, 4000, 53);
            cloud.Run();
        }

        SentTunnel sent = cloud.C1.Tunnelled[^1];
        cloud.Forget();
        PacketBuffer[] batch = [.. Enumerable.Range(0, 4).Select(_ => Filled(sent.Bytes))];
        cloud.Leases["g1"].EndsAfter(2);
        cloud.G1.Node.ReceiveBatch(PacketSource.Tunnel(cloud.C1.Settings.TunnelAddress, 0), batch, cloud.Cloud.Fabric.Now);
        cloud.G1.Transmitted.Count.ShouldBe(2);
    }

    [Fact]
    public void Answers_that_the_mirror_repeats_carry_the_lease_too()
    {
        GatewayCloud cloud = new(distributed: true);
        MapMirror mirror = new();
        Node node = new(cloud.G1.Settings, cloud.G1, mirror);
        cloud.G1.Become(node, [.. cloud.Cloud.Rows]);
        node.SetActiveGateways([new ActiveGateway(cloud.Router.Id, "g1")], cloud.Cloud.Fabric.Now);
        StaticNatRow own = cloud.Router.AddFloatingIp(cloud.External, "198.51.100.11", cloud.V, "g1");
        cloud.Internet.ForgetNeighbors();
        cloud.Pings(cloud.Internet, s_snat).ShouldBeTrue();
        cloud.Pings(cloud.Internet, own.ExternalAddress).ShouldBeTrue();
        mirror.Answers.Keys.Single(a => a.Target == s_snat).Lease.ShouldBe(GatewayLease.Short);
        mirror.Answers.Keys.Single(a => a.Target == own.ExternalAddress).Lease.ShouldBe(GatewayLease.None);
    }

    [Fact]
    public void A_question_in_the_name_of_an_address_that_went_is_not_asked_any_more()
    {
        GatewayCloud cloud = new(distributed: true);
        cloud.A.Host.SendUdp(IpAddress.Parse("198.51.100.99"), 4000, 53);
        cloud.Run();
        cloud.Forget();
        cloud.Leases["g1"].Runs = false;
        cloud.Advance(4000);
        cloud.Cloud.Fabric.Wire.ShouldNotContain(w => w.From == "g1" && SenderOf(w.Frame) == cloud.Router.Gateway!.Mac);
    }

    [Fact]
    public void A_frame_from_a_mac_that_another_node_shows_by_now_reaches_the_ports_here()
    {
        GatewayCloud cloud = new(distributed: true);
        SimPort p = cloud.Cloud.AddPort(cloud.External, cloud.G1, [cloud.Open], "198.51.100.60/24");
        cloud.Leases["g1"].Runs = false;
        cloud.Serve("g2", null, cloud.G1);
        cloud.Pings(cloud.A.Host, p.Address).ShouldBeTrue();
        p.Host.Inbox[^1].Headers.SourceMac.ShouldBe(cloud.Router.Gateway!.Mac);
    }

    private static void Check((string What, Func<bool> Try)[] flows, bool passes)
    {
        foreach ((string what, Func<bool> attempt) in flows)
        {
            attempt().ShouldBe(passes, what);
        }
    }

    private static IEnumerable<GatewayLease> LeasesOf(SimNode node, FlowOutputKind output) =>
        node.Node.Flows.Where(f => f.Action.OutputKind == output).Select(f => f.Action.Lease).Distinct();

    private static PacketBuffer Filled(byte[] bytes)
    {
        PacketBuffer packet = new();
        packet.CopyFrom(bytes);
        return packet;
    }

    private static MacAddress SenderOf(byte[] frame)
    {
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        return h.SourceMac;
    }
}

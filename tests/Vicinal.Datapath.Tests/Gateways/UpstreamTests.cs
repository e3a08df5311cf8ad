using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Gateways;

/// <summary>Gateway nodes know whether the routers beyond their external networks answer, each by itself.</summary>
public sealed class UpstreamTests
{
    private readonly GatewayCloud _cloud = new(distributed: true);
    private readonly SimHost _upstream = new(
        "upstream", new MacAddress(0x52_54_00_00_01_00UL), InterfaceSetting.Of("198.51.100.1/24"), InterfaceSetting.Of("2001:db8:ffff::1/64"));

    [Fact]
    public void Standbys_ask_too_from_their_own_mac_and_computes_do_not()
    {
        _cloud.Cloud.Fabric.Connect("physnet1", _upstream);
        _cloud.Forget();
        _cloud.Advance(3000);
        HealthOf(_cloud.G1).ShouldBe(UpstreamHealth.Answers);
        HealthOf(_cloud.G2).ShouldBe(UpstreamHealth.Answers);
        _cloud.C1.Node.UpstreamHealth.ShouldBeEmpty();
        PacketHeaders[] asked = [.. Questions()];
        asked.Select(q => q.SourceMac).Distinct().ShouldBe([SimCloud.NicMac(3, 0), SimCloud.NicMac(4, 0)], ignoreOrder: true);
        asked.Length.ShouldBeInRange(12, 20, "two nodes, two next hops, once a second");
        asked.Count(q => q.DestinationMac.IsMulticast).ShouldBe(4, "the first of each; then it is asked alone");
    }

    [Fact]
    public void Silence_is_known_after_two_seconds_and_its_end_at_once()
    {
        List<UpstreamHealth> heard = [];
        _cloud.G2.Node.UpstreamHealthChanged += (network, health) =>
        {
            network.ShouldBe(_cloud.External.NetworkId);
            heard.Add(health);
        };
        _cloud.Cloud.Fabric.Connect("physnet1", _upstream);
        _cloud.Advance(2500);
        heard.ShouldBe([UpstreamHealth.Unknown, UpstreamHealth.Answers]);
        Action<byte[]> transmit = _upstream.Transmit;
        _upstream.Transmit = _ => { };
        _cloud.Advance(900);
        HealthOf(_cloud.G2).ShouldBe(UpstreamHealth.Answers);
        _cloud.Advance(1200);
        HealthOf(_cloud.G2).ShouldBe(UpstreamHealth.Silent);
        _upstream.Transmit = transmit;
        _cloud.Advance(1100);
        heard.ShouldBe([UpstreamHealth.Unknown, UpstreamHealth.Answers, UpstreamHealth.Silent, UpstreamHealth.Answers]);
    }

    [Fact]
    public void Who_never_answered_is_silent_and_one_next_hop_is_enough()
    {
        _cloud.Advance(200);
        HealthOf(_cloud.G1).ShouldBe(UpstreamHealth.Unknown);
        _cloud.Advance(2000);
        HealthOf(_cloud.G1).ShouldBe(UpstreamHealth.Silent);
        SimHost onlyIpv6 = new("upstream6", new MacAddress(0x52_54_00_00_01_01UL), InterfaceSetting.Of("2001:db8:ffff::1/64"));
        _cloud.Cloud.Fabric.Connect("physnet1", onlyIpv6);
        _cloud.Advance(2000);
        HealthOf(_cloud.G1).ShouldBe(UpstreamHealth.Answers);
    }

    [Fact]
    public void A_standby_that_takes_over_sends_to_its_next_hop_without_asking_first()
    {
        _cloud.Cloud.Fabric.Connect("physnet1", _upstream);
        _cloud.Advance(2000);
        _cloud.Serve("g2");
        _upstream.Transmit = _ => { };
        _cloud.Forget();
        _upstream.Seen.Clear();
        _cloud.A.Host.SendUdp(IpAddress.Parse("203.0.113.9"), 4000, 53);
        _cloud.Run();
        _upstream.Seen.Count(s => s.Headers.IsIp && s.Headers.DestinationMac == _upstream.Mac).ShouldBe(1);
    }

    [Fact]
    public void A_next_hop_is_asked_once_for_however_many_routers()
    {
        _cloud.Cloud.Fabric.Connect("physnet1", _upstream);
        for (int i = 0; i < 50; i++)
        {
            _cloud.Cloud.AddRouter().SetGateway(_cloud.External, [$"198.51.100.{i + 20}/24"], ["198.51.100.1"], true, "g1", "g2");
        }

        _cloud.Advance(10_000);
        _cloud.Forget();
        _cloud.Advance(5000);
        Questions().Count(q => q.IsIpv4 || q.IsArp).ShouldBeInRange(8, 12);
    }

    [Fact]
    public void Who_is_no_gateway_node_any_more_does_not_ask()
    {
        _cloud.Cloud.Fabric.Connect("physnet1", _upstream);
        _cloud.Advance(1000);
        _cloud.Router.Change(r => r with { GatewayNodes = [new GatewayNode("g1", 1)] });
        _cloud.Advance(100);
        _cloud.G2.Node.UpstreamHealth.ShouldBeEmpty();
        HealthOf(_cloud.G1).ShouldBe(UpstreamHealth.Answers);
        _cloud.Cloud.Remove(_cloud.Router.Gateway!);
        _cloud.Advance(100);
        _cloud.G1.Node.UpstreamHealth.ShouldBeEmpty();
        _cloud.Forget();
        _cloud.Advance(5000);
        Questions().ShouldBeEmpty();
    }

    private UpstreamHealth HealthOf(SimNode node) => node.Node.UpstreamHealth[_cloud.External.NetworkId];

    private IEnumerable<PacketHeaders> Questions()
    {
        foreach ((string _, string from, byte[] frame) in _cloud.Cloud.Fabric.Wire)
        {
            PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
            bool asks = (h.IsArp && h.ArpOperation == ArpMessage.Request && h.Source != h.Destination)
                || (h.IsIcmp && h.IsIpv6 && h.IcmpType == Icmpv6Type.NeighborSolicitation);
            if (asks && from is "g1" or "g2" or "c1" or "c2")
            {
                yield return h;
            }
        }
    }
}

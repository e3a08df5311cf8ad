using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Rules;

public sealed class NetworkRulesTests
{
    private readonly L3Cloud _cloud = new();

    [Fact]
    public void A_tenant_network_gets_a_tunnel_key_and_the_largest_mtu()
    {
        Network first = Create(new NetworkInput { Name = "a" });
        (first.NetworkType, first.SegmentationId, first.Mtu).ShouldBe(("geneve", 1, 1442));
        Create(new NetworkInput()).SegmentationId.ShouldBe(2);
    }

    [Theory]
    [InlineData("geneve", 1442)]
    [InlineData("vxlan", 1450)]
    [InlineData("gre", 1458)]
    public void The_mtu_leaves_room_for_the_encapsulation(string type, int mtu) =>
        Create(new NetworkInput { NetworkType = type }).Mtu.ShouldBe(mtu);

    [Fact]
    public void A_larger_underlay_makes_larger_networks()
    {
        CloudSettings jumbo = CloudSettings.Default with { GlobalMtu = 9000 };
        Create(new NetworkInput(), jumbo).Mtu.ShouldBe(8942);
        Create(new NetworkInput { Mtu = 1500 }, jumbo).Mtu.ShouldBe(1500);
    }

    [Fact]
    public void A_key_that_was_given_back_rests_until_the_range_is_through()
    {
        CloudSettings four = CloudSettings.Default with { FirstVni = 10, LastVni = 13 };
        Network first = Create(new NetworkInput(), four);
        first.SegmentationId.ShouldBe(10);
        NetworkRules.Delete(_cloud.Edit, first);
        Enumerable.Range(0, 4).Select(_ => Create(new NetworkInput(), four).SegmentationId).ShouldBe([11, 12, 13, 10]);
        Should.Throw<NeutronFault>(() => Create(new NetworkInput(), four)).Type.ShouldBe("NoNetworkAvailable");
    }

    [Fact]
    public void Keys_of_one_space_are_not_given_twice_whatever_the_encapsulation()
    {
        Create(new NetworkInput { NetworkType = "vxlan", SegmentationId = 1 });
        Create(new NetworkInput()).SegmentationId.ShouldBe(2);
        Should.Throw<NeutronFault>(() => Create(new NetworkInput { NetworkType = "gre", SegmentationId = 2 })).Type.ShouldBe("TunnelIdInUse");
    }

    [Fact]
    public void Vlans_are_allocated_from_the_ranges_of_the_settings()
    {
        CloudSettings vlans = CloudSettings.Default with
        {
            TenantNetworkTypes = ["vlan", "geneve"],
            PhysicalNetworks = ["x", "y"],
            VlanRanges = [new VlanRange("x", 5, 6), new VlanRange("y", 5, 5)],
        };
        Create(new NetworkInput { NetworkType = "vlan", PhysicalNetwork = "x", SegmentationId = 5 }, vlans);
        Enumerable.Range(0, 3).Select(_ => Create(new NetworkInput(), vlans)).Select(n => (n.NetworkType, n.PhysicalNetwork))
            .ShouldBe([("vlan", "x"), ("vlan", "y"), ("geneve", null)]);
    }

    [Fact]
    public void A_physical_network_must_be_known_to_the_settings_or_to_an_agent()
    {
        NetworkInput flat = new() { NetworkType = "flat", PhysicalNetwork = "physnet1" };
        Should.Throw<NeutronFault>(() => Create(flat)).Type.ShouldBe("InvalidInput");
        AgentRules.Report(_cloud.Edit, new AgentReport { Host = "c1", BridgeMappings = [new BridgeMapping("physnet1", "eth1")] }, CloudSettings.Default);
        Create(flat).Mtu.ShouldBe(1500);
        CloudSettings named = CloudSettings.Default with { PhysicalNetworks = ["other"] };
        Should.Throw<NeutronFault>(() => Create(flat with { NetworkType = "vlan", SegmentationId = 3 }, named)).Type.ShouldBe("InvalidInput");
    }

    [Fact]
    public void How_a_network_travels_does_not_change()
    {
        Network network = Create(new NetworkInput());
        Should.Throw<NeutronFault>(() => Update(network, new NetworkInput { SegmentationId = 99 })).Type.ShouldBe("InvalidInput");
        Update(network, new NetworkInput { SegmentationId = 1, Name = "n" }).Name.ShouldBe("n");
    }

    [Fact]
    public void An_mtu_too_small_for_a_family_is_refused_beside_its_subnets()
    {
        Network network = Create(new NetworkInput());
        _cloud.Subnet(network, "fd00::/64");
        Should.Throw<NeutronFault>(() => Update(network, new NetworkInput { Mtu = 1279 })).Type.ShouldBe("NetworkMTUSubnetConflict");
        Update(network, new NetworkInput { Mtu = 1280 }).Mtu.ShouldBe(1280);
    }

    [Fact]
    public void A_network_takes_its_subnets_and_service_ports_along()
    {
        Network network = Create(new NetworkInput());
        Subnet subnet = _cloud.Subnet(network, "10.0.0.0/24");
        Port dhcp = PortRules.CreateSystemPort(
            _cloud.Edit, new SystemPort { NetworkId = network.Id, DeviceOwner = DeviceOwner.Dhcp, DeviceId = "d" }, CloudSettings.Default);
        dhcp.FixedIps.Single().Address.ToString().ShouldBe("10.0.0.2");
        NetworkRules.Delete(_cloud.Edit, network);
        (_cloud.Now.Networks.Count, _cloud.Now.Subnets.Count, _cloud.Now.Ports.Count).ShouldBe((0, 0, 0));
        _cloud.Now.Allocations.CountOf(subnet.Id).ShouldBe(0);
    }

    private Network Create(NetworkInput input, CloudSettings? settings = null) =>
        NetworkRules.Create(_cloud.Edit, input with { ProjectId = L3Cloud.Project }, settings ?? CloudSettings.Default);

    private Network Update(Network network, NetworkInput input) => NetworkRules.Update(_cloud.Edit, network, input, CloudSettings.Default);
}

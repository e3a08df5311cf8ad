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

    [Theory]
    [InlineData("geneve", 1422)]
    [InlineData("vxlan", 1430)]
    [InlineData("gre", 1438)]
    public void Tunnels_over_ipv6_leave_twenty_bytes_less(string type, int mtu) =>
        Create(new NetworkInput { NetworkType = type }, CloudSettings.Default with { OverlayIpVersion = 6 }).Mtu.ShouldBe(mtu);

    [Fact]
    public void Tunnels_have_the_mtu_of_their_way_and_physical_networks_their_own()
    {
        CloudSettings mixed = CloudSettings.Default with
        {
            GlobalMtu = 9000,
            PathMtu = 4000,
            PhysicalNetworks = ["small", "whole", "boastful"],
            PhysicalNetworkMtus = [new PhysicalNetworkMtu("small", 1500), new PhysicalNetworkMtu("boastful", 9216)],
        };
        Create(new NetworkInput { NetworkType = "gre" }, mixed).Mtu.ShouldBe(3958);
        foreach ((string physical, int mtu) in ((string, int)[])[("small", 1500), ("whole", 9000), ("boastful", 9000)])
        {
            Create(new NetworkInput { NetworkType = "flat", PhysicalNetwork = physical }, mixed).Mtu.ShouldBe(mtu);
            Create(new NetworkInput { NetworkType = "vlan", PhysicalNetwork = physical, SegmentationId = 7 }, mixed).Mtu.ShouldBe(mtu);
        }
    }

    [Theory]
    [InlineData("geneve", 1442)]
    [InlineData("vxlan", 1450)]
    [InlineData("gre", 1458)]
    [InlineData("vlan", 1300)]
    public void A_smaller_mtu_is_kept_and_a_larger_one_refused(string type, int largest)
    {
        CloudSettings settings = CloudSettings.Default with { VlanRanges = [new VlanRange("x", 1, 9)], PhysicalNetworkMtus = [new PhysicalNetworkMtu("x", 1300)] };
        Network network = Create(new NetworkInput { NetworkType = type, Mtu = largest - 1 }, settings);
        network.Mtu.ShouldBe(largest - 1);
        foreach (Action tooBig in (Action[])[
            () => Create(new NetworkInput { NetworkType = type, Mtu = largest + 1 }, settings),
            () => NetworkRules.Update(_cloud.Edit, network, new NetworkInput { Mtu = largest + 1 }, settings)])
        {
            NeutronFault fault = Should.Throw<NeutronFault>(tooBig);
            (fault.Type, fault.Message).ShouldBe(("InvalidInput", $"Invalid input for operation: Requested MTU is too big, maximum is {largest}."));
        }

        NetworkRules.Update(_cloud.Edit, network, new NetworkInput { Mtu = 0 }, settings).Mtu.ShouldBe(largest);
    }

    [Fact]
    public void A_key_that_was_given_back_rests_until_the_range_is_through()
    {
        CloudSettings four = CloudSettings.Default with { TunnelRanges = [new TunnelRange("geneve", 10, 13)] };
        Network first = Create(new NetworkInput(), four);
        first.SegmentationId.ShouldBe(10);
        NetworkRules.Delete(_cloud.Edit, first);
        Enumerable.Range(0, 4).Select(_ => Create(new NetworkInput(), four).SegmentationId).ShouldBe([11, 12, 13, 10]);
        ShouldBeExhausted(new NetworkInput(), four);
    }

    [Fact]
    public void Each_tunnel_type_draws_from_its_own_ranges_until_they_are_exhausted()
    {
        CloudSettings ranges = CloudSettings.Default with
        {
            TunnelRanges = [new TunnelRange("vxlan", 5, 6), new TunnelRange("gre", 5, 5), new TunnelRange("gre", 900, 900)],
        };
        Enumerable.Range(0, 2).Select(_ => Create(new NetworkInput { NetworkType = "vxlan" }, ranges).SegmentationId).ShouldBe([5, 6]);
        Enumerable.Range(0, 2).Select(_ => Create(new NetworkInput { NetworkType = "gre" }, ranges).SegmentationId).ShouldBe([5, 900]);
        ShouldBeExhausted(new NetworkInput { NetworkType = "vxlan" }, ranges);
        ShouldBeExhausted(new NetworkInput { NetworkType = "gre" }, ranges);
        Create(new NetworkInput(), ranges).SegmentationId.ShouldBe(1, "Geneve has no range of its own, and all keys");
        Create(new NetworkInput { NetworkType = "vxlan", SegmentationId = 7 }, ranges).SegmentationId.ShouldBe(7, "named keys need no range");
    }

    [Fact]
    public void A_key_is_one_networks_in_each_encapsulation()
    {
        foreach (string type in (string[])["geneve", "vxlan", "gre"])
        {
            Create(new NetworkInput { NetworkType = type, SegmentationId = 1 }).SegmentationId.ShouldBe(1);
            Should.Throw<NeutronFault>(() => Create(new NetworkInput { NetworkType = type, SegmentationId = 1 })).Type.ShouldBe("TunnelIdInUse");
        }

        Create(new NetworkInput()).SegmentationId.ShouldBe(2);
    }

    [Theory]
    [InlineData("geneve", 0xFF_FFFF)]
    [InlineData("vxlan", 0xFF_FFFF)]
    [InlineData("gre", int.MaxValue)]
    public void A_named_key_fits_the_header(string type, int last)
    {
        Create(new NetworkInput { NetworkType = type, SegmentationId = last }).SegmentationId.ShouldBe(last);
        foreach (int outside in (int[])[0, -1, unchecked(last + 1)])
        {
            Should.Throw<NeutronFault>(() => Create(new NetworkInput { NetworkType = type, SegmentationId = outside })).Message
                .ShouldBe($"Invalid input for operation: segmentation_id out of range (1 through {last}).");
        }
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
        ShouldBeExhausted(new NetworkInput { NetworkType = "vlan" }, vlans);
        ShouldBeExhausted(new NetworkInput { NetworkType = "vlan", PhysicalNetwork = "y" }, vlans);
    }

    [Fact]
    public void A_vlan_id_that_was_given_back_rests_until_the_range_is_through()
    {
        CloudSettings three = CloudSettings.Default with { VlanRanges = [new VlanRange("x", 100, 102)] };
        Network first = Create(new NetworkInput { NetworkType = "vlan" }, three);
        (first.PhysicalNetwork, first.SegmentationId).ShouldBe(("x", 100));
        NetworkRules.Delete(_cloud.Edit, first);
        Enumerable.Range(0, 3).Select(_ => Create(new NetworkInput { NetworkType = "vlan" }, three).SegmentationId).ShouldBe([101, 102, 100]);
        ShouldBeExhausted(new NetworkInput { NetworkType = "vlan" }, three);
    }

    [Fact]
    public void A_vlan_range_of_a_name_alone_is_for_provider_networks()
    {
        CloudSettings named = CloudSettings.Default with { TenantNetworkTypes = ["vlan"], VlanRanges = [VlanRange.ProviderOnly("x")] };
        ShouldBeExhausted(new NetworkInput(), named);
        NetworkInput vlan = new() { NetworkType = "vlan", PhysicalNetwork = "x" };
        ShouldBeExhausted(vlan, named);
        Create(vlan with { SegmentationId = 12 }, named).SegmentationId.ShouldBe(12);
        Should.Throw<NeutronFault>(() => Create(vlan with { SegmentationId = 12 }, named)).Type.ShouldBe("VlanIdInUse");
        Should.Throw<NeutronFault>(() => Create(new NetworkInput { NetworkType = "flat", PhysicalNetwork = "x" }, named)).Type.ShouldBe("InvalidInput");
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

    private void ShouldBeExhausted(NetworkInput input, CloudSettings settings)
    {
        NeutronFault fault = Should.Throw<NeutronFault>(() => Create(input, settings));
        (fault.Status, fault.Type, fault.Message).ShouldBe(
            (503, "NoNetworkAvailable", "Unable to create the network. No tenant network is available for allocation."));
    }

    private Network Create(NetworkInput input, CloudSettings? settings = null) =>
        NetworkRules.Create(_cloud.Edit, input with { ProjectId = L3Cloud.Project }, settings ?? CloudSettings.Default);

    private Network Update(Network network, NetworkInput input) => NetworkRules.Update(_cloud.Edit, network, input, CloudSettings.Default);
}

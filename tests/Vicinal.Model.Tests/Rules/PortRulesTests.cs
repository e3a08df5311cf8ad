using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

public sealed class PortRulesTests
{
    private readonly L3Cloud _cloud = new();
    private readonly Network _network;
    private readonly Subnet _subnet;

    public PortRulesTests()
    {
        _network = _cloud.Network();
        _subnet = _cloud.Subnet(_network, "10.0.0.0/24");
    }

    [Fact]
    public void A_port_gets_an_address_of_each_family_a_mac_and_the_default_group()
    {
        _cloud.Subnet(_network, "fd00::/64");
        Subnet slaac = _cloud.Subnet(_network, "fd01::/64", mode: "slaac", raMode: "slaac");
        Port port = Create();
        port.FixedIps.Select(ip => ip.Address.ToString()).Take(2).ShouldBe(["10.0.0.2", "fd00::2"]);
        port.FixedIps[2].ShouldBe(new FixedIp(slaac.Id, IpAddress.FromEui64(slaac.Cidr, port.MacAddress)));
        port.MacAddress.ToString().ShouldStartWith("fa:16:3e:");
        port.SecurityGroups.ShouldBe([SecurityGroups.FindDefault(_cloud.Now, L3Cloud.Project)!.Id]);
        (port.Status, port.BindingVifType, port.PortKey).ShouldBe(("DOWN", "unbound", 1u));
        Create().PortKey.ShouldBe(2u);
    }

    [Fact]
    public void No_fixed_ips_means_none_and_a_network_without_subnets_has_none()
    {
        Create(new PortInput { FixedIps = new([]) }).FixedIps.ShouldBeEmpty();
        Create(new PortInput { NetworkId = _cloud.Network().Id }).FixedIps.ShouldBeEmpty();
    }

    [Fact]
    public void Several_addresses_of_one_subnet_differ()
    {
        FixedIpRequest any = new(_subnet.Id, null);
        Port port = Create(new PortInput { FixedIps = new([any, new(null, IpAddress.Parse("10.0.0.2")), any]) });
        port.FixedIps.Select(ip => ip.Address).Distinct().Count().ShouldBe(3);
        port.FixedIps[0].Address.ToString().ShouldBe("10.0.0.2");
    }

    [Fact]
    public void A_change_of_addresses_keeps_what_is_asked_for_again()
    {
        Port port = Create();
        IpAddress first = port.FixedIps[0].Address;
        Port more = Update(port, new PortInput { FixedIps = new([new(_subnet.Id, null), new(_subnet.Id, IpAddress.Parse("10.0.0.200"))]) });
        more.FixedIps.Select(ip => ip.Address).ShouldBe([IpAddress.Parse("10.0.0.200"), first], ignoreOrder: true);
        Update(more, new PortInput { FixedIps = new([]) }).FixedIps.ShouldBeEmpty();
        _cloud.Now.Allocations.CountOf(_subnet.Id).ShouldBe(0);
    }

    [Fact]
    public void A_new_mac_brings_new_automatic_addresses()
    {
        Subnet slaac = _cloud.Subnet(_network, "fd01::/64", mode: "slaac", raMode: "slaac");
        Port port = Create();
        Port changed = Update(port, new PortInput { MacAddress = MacAddress.Parse("fa:16:3e:00:00:09") });
        changed.FixedIps.ShouldBe([port.FixedIps[0], new FixedIp(slaac.Id, IpAddress.Parse("fd01::f816:3eff:fe00:9"))]);
        Port regenerated = Update(changed, new PortInput { MacAddress = new Given<MacAddress?>(null) });
        regenerated.MacAddress.ShouldNotBe(changed.MacAddress);
        regenerated.FixedIps[1].Address.ShouldBe(IpAddress.FromEui64(slaac.Cidr, regenerated.MacAddress));
    }

    [Fact]
    public void A_port_is_bound_where_an_agent_can_carry_its_network()
    {
        Agent("c1", "192.0.2.1");
        Agent("c2", "192.0.2.2", "physnet1");
        Network flat = _cloud.Network(physical: "physnet1");
        VifType(_network, "c1").ShouldBe("ovs");
        VifType(flat, "c1").ShouldBe("binding_failed");
        VifType(flat, "c2").ShouldBe("ovs");
        VifType(_network, "c9").ShouldBe("binding_failed");
        VifType(_network, "").ShouldBe("unbound");
        Create(new PortInput { BindingHostId = "c1", BindingVnicType = "direct" }).BindingVifType.ShouldBe("binding_failed");
    }

    [Theory]
    [InlineData("geneve", "all", "vxlan", "all ovs, vxlan binding_failed")]
    [InlineData("vxlan", "all", "geneve", "all ovs, geneve binding_failed")]
    [InlineData("gre", "all", "geneve", "all ovs, geneve binding_failed")]
    [InlineData("vlan", "mapped", "all", "mapped ovs, all binding_failed")]
    [InlineData("flat", "mapped", "all", "mapped ovs, all binding_failed")]
    public void A_network_of_each_type_is_carried_by_nodes_that_have_what_it_travels_by(string type, string can, string cannot, string expected)
    {
        Report("all", "192.0.2.1", ["geneve", "vxlan", "gre"]);
        Report("geneve", "192.0.2.2", ["geneve"]);
        Report("vxlan", "192.0.2.3", ["vxlan"]);
        Report("mapped", "0.0.0.0", ["geneve", "vxlan", "gre"], new BridgeMapping("physnet1", "eth1"));
        Network network = NetworkRules.Create(
            _cloud.Edit,
            type is "vlan" or "flat"
                ? new NetworkInput { NetworkType = type, PhysicalNetwork = "physnet1", SegmentationId = type == "vlan" ? new Given<int?>(7) : default }
                : new NetworkInput { NetworkType = type },
            CloudSettings.Default);
        $"{can} {VifType(network, can)}, {cannot} {VifType(network, cannot)}".ShouldBe(expected);
        VifType(network, type is "vlan" or "flat" ? "geneve" : "mapped").ShouldBe("binding_failed", "no mapping, or no tunnel address");
    }

    [Fact]
    public void A_port_that_waits_for_an_encapsulation_is_bound_when_its_node_has_it()
    {
        Report("c1", "192.0.2.1", ["geneve", "vxlan"]);
        Network gre = NetworkRules.Create(_cloud.Edit, new NetworkInput { NetworkType = "gre" }, CloudSettings.Default);
        Port port = Create(new PortInput { NetworkId = gre.Id, BindingHostId = "c1" });
        port.BindingVifType.ShouldBe("binding_failed");
        Report("c1", "192.0.2.1", ["geneve", "vxlan", "gre"]);
        _cloud.Now.Ports[port.Id].BindingVifType.ShouldBe("ovs");
    }

    [Fact]
    public void A_port_that_waits_for_its_node_is_bound_when_it_comes()
    {
        Port port = Create(new PortInput { BindingHostId = "c1" });
        port.BindingVifType.ShouldBe("binding_failed");
        Agent("c1", "192.0.2.1");
        _cloud.Now.Ports[port.Id].BindingVifType.ShouldBe("ovs");
    }

    [Fact]
    public void Another_host_puts_the_port_down_and_other_changes_do_not()
    {
        Agent("c1", "192.0.2.1");
        Agent("c2", "192.0.2.2");
        Port up = _cloud.Edit.Put(Create(new PortInput { BindingHostId = "c1" }) with { Status = PortStatus.Active });
        up = Update(up, new PortInput { Name = "n", BindingHostId = "c1" });
        up.Status.ShouldBe("ACTIVE");
        Port moved = Update(up, new PortInput { BindingHostId = "c2" });
        (moved.Status, moved.BindingVifType).ShouldBe(("DOWN", "ovs"));
        Update(moved, new PortInput { BindingHostId = "" }).BindingVifType.ShouldBe("unbound");
    }

    [Fact]
    public void Service_subnets_serve_their_device_owner_and_nobody_else()
    {
        Network network = _cloud.Network();
        _cloud.Edit.Put(_cloud.Subnet(network, "10.8.0.0/24") with { ServiceTypes = ["compute:nova"] });
        _cloud.Edit.Put(_cloud.Subnet(network, "10.9.0.0/24") with { ServiceTypes = ["network:dhcp"] });
        Port(network, "compute:nova").FixedIps[0].Address.ToString().ShouldStartWith("10.8.");
        Port(network, "network:dhcp").FixedIps[0].Address.ToString().ShouldStartWith("10.9.");
        Should.Throw<NeutronFault>(() => Port(network, "")).Type.ShouldBe("IpAddressGenerationFailureNoMatchingSubnet");
        _cloud.Subnet(network, "10.7.0.0/24");
        Port(network, "").FixedIps[0].Address.ToString().ShouldStartWith("10.7.");

        Port Port(Network on, string owner) => Create(new PortInput { NetworkId = on.Id, DeviceOwner = owner });
    }

    [Fact]
    public void Ports_of_the_network_itself_are_trusted()
    {
        Port port = Create(new PortInput { DeviceOwner = "network:dhcp" });
        port.PortSecurityEnabled.ShouldBeFalse();
        port.SecurityGroups.ShouldBeEmpty();
    }

    [Fact]
    public void Port_security_follows_the_network_unless_the_port_says_otherwise()
    {
        Network open = _cloud.Edit.Put(_cloud.Network() with { PortSecurityEnabled = false });
        Create(new PortInput { NetworkId = open.Id }).PortSecurityEnabled.ShouldBeFalse();
        Create(new PortInput { NetworkId = open.Id, PortSecurityEnabled = true }).SecurityGroups.Count.ShouldBe(1);
        Port port = Create();
        Port off = Update(port, new PortInput { PortSecurityEnabled = false, SecurityGroups = new([]) });
        (off.PortSecurityEnabled, off.SecurityGroups.Count).ShouldBe((false, 0));
        Should.Throw<NeutronFault>(() => Update(off, new PortInput { SecurityGroups = new([port.SecurityGroups[0]]) }))
            .Type.ShouldBe("PortSecurityAndIPRequiredForSecurityGroups");
    }

    [Fact]
    public void Pairs_without_a_mac_have_the_ports_own_and_follow_it()
    {
        MacAddress other = MacAddress.Parse("fa:16:3e:ff:ff:ff");
        Port port = Create(new PortInput
        {
            AllowedAddressPairs = new([new(IpPrefix.Parse("10.0.0.99/32"), null), new(IpPrefix.Parse("10.1.0.0/16"), other)]),
        });
        port.AllowedAddressPairs.Select(p => p.Mac).ShouldBe([port.MacAddress, other]);
        Port changed = Update(port, new PortInput { MacAddress = MacAddress.Parse("fa:16:3e:00:00:09") });
        changed.AllowedAddressPairs.Select(p => p.Mac).ShouldBe([changed.MacAddress, other]);
    }

    [Fact]
    public void Another_projects_router_is_not_claimed_as_a_device()
    {
        Router router = _cloud.Edit.Put(new Router { Id = _cloud.NewId(), ProjectId = "other" });
        Should.Throw<NeutronFault>(() => Create(new PortInput { DeviceId = router.Id.ToString() }, L3Cloud.User)).Type.ShouldBe("DeviceIDNotOwnedByTenant");
        Port port = Create();
        Should.Throw<NeutronFault>(() => PortRules.Update(
            _cloud.Edit, port, new PortInput { DeviceId = router.Id.ToString() }, CloudSettings.Default, L3Cloud.User)).Type.ShouldBe("DeviceIDNotOwnedByTenant");
    }

    [Fact]
    public void A_routers_port_is_changed_and_removed_by_its_router_alone()
    {
        Port port = PortRules.CreateSystemPort(
            _cloud.Edit,
            new SystemPort { NetworkId = _network.Id, DeviceOwner = DeviceOwner.RouterInterfaceDistributed, DeviceId = _cloud.NewId().ToString() },
            CloudSettings.Default);
        (port.BindingVifType, port.PortSecurityEnabled).ShouldBe(("distributed", false));
        Should.Throw<NeutronFault>(() => PortRules.Delete(_cloud.Edit, port)).Message.ShouldBe(
            $"Port {port.Id} cannot be deleted directly via the port API: has device owner network:router_interface_distributed.");
        foreach (PortInput change in (PortInput[])[
            new() { DeviceOwner = "" }, new() { DeviceId = "x" }, new() { BindingHostId = "c1" },
            new() { FixedIps = new([]) }, new() { MacAddress = MacAddress.Parse("fa:16:3e:00:00:09") }])
        {
            Should.Throw<NeutronFault>(() => Update(port, change)).Status.ShouldBeInRange(400, 409);
        }

        Update(port, new PortInput { Name = "n", FixedIps = new([new(null, port.FixedIps[0].Address)]) }).Name.ShouldBe("n");
        PortRules.Remove(_cloud.Edit, port);
        _cloud.Now.Ports.ContainsKey(port.Id).ShouldBeFalse();
    }

    [Fact]
    public void Macs_are_unique_within_a_network_even_when_the_draws_repeat()
    {
        Guid[] drawn = [Guid.NewGuid()];
        TopologyEdit edit = new(_cloud.Now, DateTimeOffset.UnixEpoch, () => drawn[0]);
        CloudSettings settings = CloudSettings.Default;
        HashSet<MacAddress> macs = [];
        for (int i = 0; i < 20; i++)
        {
            // Only the id is fresh; the MAC's draws are all the same.
            Guid id = Guid.NewGuid();
            Queue<Guid> ids = new([id]);
            edit = new TopologyEdit(edit.Current, DateTimeOffset.UnixEpoch, () => ids.TryDequeue(out Guid next) ? next : drawn[0]);
            macs.Add(PortRules.Create(edit, new PortInput { NetworkId = _network.Id, SecurityGroups = new([]) }, settings, L3Cloud.Admin).MacAddress)
                .ShouldBeTrue();
        }
    }

    private Agent Agent(string host, string tunnel, params string[] physical) => AgentRules.Report(_cloud.Edit, new AgentReport
    {
        Host = host,
        TunnelAddress = IpAddress.Parse(tunnel),
        BridgeMappings = physical.Select(p => new BridgeMapping(p, "eth1")).ToValueList(),
    }, CloudSettings.Default);

    private void Report(string host, string tunnel, ValueList<string> tunnelTypes, params BridgeMapping[] mappings) => AgentRules.Report(_cloud.Edit, new AgentReport
    {
        Host = host,
        TunnelAddress = IpAddress.Parse(tunnel),
        TunnelTypes = tunnelTypes,
        BridgeMappings = mappings.ToValueList(),
    }, CloudSettings.Default);

    private string VifType(Network network, string host) =>
        Create(new PortInput { NetworkId = network.Id, BindingHostId = host }).BindingVifType;

    private Port Create(PortInput? input = null, Requester? requester = null)
    {
        PortInput port = input ?? new PortInput();
        return PortRules.Create(
            _cloud.Edit,
            port with { NetworkId = port.NetworkId == default ? _network.Id : port.NetworkId, ProjectId = L3Cloud.Project },
            CloudSettings.Default,
            requester ?? L3Cloud.Admin);
    }

    private Port Update(Port port, PortInput input) =>
        PortRules.Update(_cloud.Edit, _cloud.Now.Ports[port.Id], input, CloudSettings.Default, L3Cloud.Admin);
}

using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

public sealed class FloatingIpRulesTests
{
    private readonly L3Cloud _cloud = new();
    private readonly Router _router;
    private readonly Network _external;
    private readonly Subnet _inside;
    private readonly Port _instance;

    public FloatingIpRulesTests() => (_router, _external, _inside, _instance) = _cloud.Routed();

    [Fact]
    public void An_address_is_held_by_a_port_of_the_system()
    {
        FloatingIp fip = _cloud.FloatingIp(_external);
        Port holder = _cloud.Now.Ports[fip.FloatingPortId];
        (holder.ProjectId, holder.DeviceOwner, holder.DeviceId, holder.Status)
            .ShouldBe(("", "network:floatingip", fip.Id.ToString(), "N/A"));
        holder.FixedIps.Single().Address.ShouldBe(fip.FloatingIpAddress);
        (fip.Status, fip.PortId, fip.RouterId, fip.FixedIpAddress).ShouldBe(("DOWN", null, null, null));
    }

    [Fact]
    public void An_association_fills_in_router_and_fixed_address()
    {
        FloatingIp fip = _cloud.FloatingIp(_external, _instance.Id);
        (fip.PortId, fip.RouterId, fip.FixedIpAddress).ShouldBe((_instance.Id, _router.Id, IpAddress.Parse("10.50.0.10")));
        fip.Status.ShouldBe("DOWN");
    }

    [Fact]
    public void The_owner_node_s_report_makes_it_active_and_a_change_of_port_down_again()
    {
        FloatingIp fip = _cloud.FloatingIp(_external, _instance.Id);
        FloatingIpRules.MarkActive(_cloud.Edit, fip.Id);
        _cloud.Now.FloatingIps[fip.Id].Status.ShouldBe("ACTIVE");
        Update(fip, new FloatingIpRequest { Description = "x" }).Status.ShouldBe("ACTIVE");
        Port second = Instance("10.50.0.11");
        FloatingIp moved = Update(fip, new FloatingIpRequest { PortId = second.Id });
        (moved.PortId, moved.FixedIpAddress.ToString(), moved.Status).ShouldBe((second.Id, "10.50.0.11", "DOWN"));
        FloatingIp free = Update(fip, new FloatingIpRequest { PortId = (Guid?)null });
        (free.PortId, free.RouterId, free.FixedIpAddress, free.Status).ShouldBe((null, null, null, "DOWN"));
        FloatingIpRules.MarkActive(_cloud.Edit, fip.Id);
        _cloud.Now.FloatingIps[fip.Id].Status.ShouldBe("DOWN");
    }

    [Fact]
    public void The_network_is_external_exists_and_has_ipv4()
    {
        Guid unknown = _cloud.NewId();
        Refuse(new FloatingIpRequest { FloatingNetworkId = unknown }, 404, "NetworkNotFound", $"Network {unknown} could not be found.");
        Refuse(new FloatingIpRequest { FloatingNetworkId = _inside.NetworkId }, 400, "BadRequest",
            $"Bad floatingip request: Network {_inside.NetworkId} is not a valid external network.");
        Network v6 = _cloud.Network(external: true);
        _ = _cloud.Subnet(v6, "2001:db8::/64");
        Refuse(new FloatingIpRequest { FloatingNetworkId = v6.Id }, 400, "BadRequest",
            $"Bad floatingip request: Network {v6.Id} does not contain any IPv4 subnet.");
    }

    [Fact]
    public void The_port_exists_and_is_reachable()
    {
        Guid unknown = _cloud.NewId();
        Refuse(Fip(unknown), 404, "PortNotFound", $"Port {unknown} could not be found.");
        Network lonely = _cloud.Network();
        Subnet subnet = _cloud.Subnet(lonely, "10.60.0.0/24");
        Port port = _cloud.Port(lonely, L3Cloud.Project, (subnet, "10.60.0.9"));
        Refuse(Fip(port.Id), 404, "ExternalGatewayForFloatingIPNotFound", $"External network {_external.Id} is not reachable from subnet "
            + $"{subnet.Id}.  Therefore, cannot associate Port {port.Id} with a Floating IP.");
    }

    [Fact]
    public void A_router_without_gateway_on_that_network_does_not_reach_it()
    {
        Network other = _cloud.Network(external: true);
        _ = _cloud.Subnet(other, "198.51.100.0/24");
        Action create = () => _cloud.FloatingIp(other, _instance.Id);
        create.ShouldThrow<NeutronFault>().Type.ShouldBe("ExternalGatewayForFloatingIPNotFound");
    }

    [Fact]
    public void A_fixed_address_has_one_floating_ip_on_a_network()
    {
        _ = _cloud.FloatingIp(_external, _instance.Id);
        FloatingIp second = _cloud.FloatingIp(_external);
        Action tie = () => Update(second, new FloatingIpRequest { PortId = _instance.Id });
        tie.ShouldBeRefused(409, "FloatingIPPortAlreadyAssociated",
            $"Cannot associate floating IP {second.FloatingIpAddress} ({second.Id}) with port {_instance.Id} using fixed IP 10.50.0.10, "
            + $"as that fixed IP already has a floating IP on external network {_external.Id}.");
    }

    [Fact]
    public void The_fixed_address_is_one_of_the_port_s_and_named_when_there_are_several()
    {
        Refuse(Fip(_instance.Id, "10.50.0.250"), 400, "BadRequest",
            $"Bad floatingip request: Port {_instance.Id} does not have fixed ip 10.50.0.250.");
        Refuse(Fip(null, "10.50.0.10"), 400, "BadRequest",
            "Bad floatingip request: fixed_ip_address cannot be specified without a port_id.");
        Refuse(Fip(_instance.Id, "2001:db8::1"), 400, "BadRequest",
            "Bad floatingip request: Cannot process floating IP association with 2001:db8::1, since that is not an IPv4 address.");
        Network network = _cloud.Now.Networks[_inside.NetworkId];
        Port bare = _cloud.Port(network);
        Refuse(Fip(bare.Id), 400, "BadRequest",
            $"Bad floatingip request: Cannot add floating IP to port {bare.Id} that has no fixed IPv4 addresses.");
        Port two = _cloud.Port(network, L3Cloud.Project, (_inside, "10.50.0.20"), (_inside, "10.50.0.21"));
        Refuse(Fip(two.Id), 400, "BadRequest", $"Bad floatingip request: Port {two.Id} has multiple fixed IPv4 addresses.  "
            + "Must provide a specific IPv4 address when assigning a floating IP.");
        FloatingIp fip = FloatingIpRules.Create(_cloud.Edit, L3Cloud.Project, Fip(two.Id, "10.50.0.21"), CloudSettings.Default, L3Cloud.User);
        fip.FixedIpAddress.ToString().ShouldBe("10.50.0.21");
        Update(fip, new FloatingIpRequest { Description = "still" }).FixedIpAddress.ToString().ShouldBe("10.50.0.21");
    }

    [Fact]
    public void Certain_addresses_and_subnets_are_honoured_or_refused()
    {
        FloatingIp chosen = Create(new FloatingIpRequest { FloatingNetworkId = _external.Id, FloatingIpAddress = IpAddress.Parse("203.0.113.200") });
        chosen.FloatingIpAddress.ToString().ShouldBe("203.0.113.200");
        Guid subnet = _cloud.Now.SubnetsByNetwork[_external.Id].Single();
        Refuse(new FloatingIpRequest { FloatingNetworkId = _external.Id, FloatingIpAddress = chosen.FloatingIpAddress }, 409,
            "IpAddressAlreadyAllocated", $"IP address 203.0.113.200 already allocated in subnet {subnet}");
        Refuse(new FloatingIpRequest { FloatingNetworkId = _external.Id, FloatingIpAddress = IpAddress.Parse("198.18.0.1") }, 400,
            "InvalidIpForNetwork", "IP address 198.18.0.1 is not a valid IP for any of the subnets on the specified network.");
        Subnet second = _cloud.Subnet(_external, "198.51.100.0/24");
        Create(new FloatingIpRequest { FloatingNetworkId = _external.Id, SubnetId = second.Id })
            .FloatingIpAddress.ToString().ShouldStartWith("198.51.100.");
        Subnet v6 = _cloud.Subnet(_external, "2001:db8::/64");
        Refuse(new FloatingIpRequest { FloatingNetworkId = _external.Id, SubnetId = v6.Id }, 400, "ExternalIpAddressExhausted",
            $"Unable to find any IP address on external network {_external.Id}.");
    }

    [Fact]
    public void A_pool_that_is_empty_says_so()
    {
        Network small = _cloud.Network(external: true);
        _ = _cloud.Subnet(small, "198.51.100.0/30");
        _ = _cloud.FloatingIp(small);
        Action create = () => _cloud.FloatingIp(small);
        create.ShouldBeRefused(409, "IpAddressGenerationFailure", $"No more IP addresses available on network {small.Id}.");
    }

    [Fact]
    public void Of_two_routers_the_default_gateway_s_one_is_taken()
    {
        Router second = _cloud.SetGateway(_cloud.Router(), _external);
        Port port = _cloud.Port(_cloud.Now.Networks[_inside.NetworkId], L3Cloud.Project, (_inside, "10.50.0.2"));
        _ = RouterInterfaces.Add(_cloud.Edit, second.Id, new InterfaceRequest(null, port.Id), CloudSettings.Default, L3Cloud.User);
        _cloud.FloatingIp(_external, _instance.Id).RouterId.ShouldBe(_router.Id);
    }

    [Fact]
    public void Ports_of_other_projects_are_for_admins()
    {
        Network network = _cloud.Now.Networks[_inside.NetworkId];
        Port theirs = _cloud.Port(network, "p2", (_inside, "10.50.0.30"));
        Refuse(Fip(theirs.Id), 400, "BadRequest", "Bad floatingip request: Cannot process floating IP association with "
            + $"Port {theirs.Id}, since that port is owned by a different project.");
        FloatingIpRules.Create(_cloud.Edit, L3Cloud.Project, Fip(theirs.Id), CloudSettings.Default, L3Cloud.Admin).PortId.ShouldBe(theirs.Id);
    }

    [Fact]
    public void A_router_interface_may_have_one()
    {
        Port interfacePort = RouterPorts.Interfaces(_cloud.Now, _router.Id).Single();
        _cloud.FloatingIp(_external, interfacePort.Id).FixedIpAddress.ToString().ShouldBe("10.50.0.1");
    }

    [Fact]
    public void A_deleted_floating_ip_gives_its_address_back()
    {
        FloatingIp fip = _cloud.FloatingIp(_external, _instance.Id);
        FloatingIpRules.Delete(_cloud.Edit, fip.Id);
        _cloud.Now.FloatingIps.ShouldBeEmpty();
        _cloud.Now.Ports.ShouldNotContainKey(fip.FloatingPortId);
        _cloud.Now.FloatingIpsByPort.Has(_instance.Id).ShouldBeFalse();
        Action again = () => FloatingIpRules.Delete(_cloud.Edit, fip.Id);
        again.ShouldBeRefused(404, "FloatingIPNotFound", $"Floating IP {fip.Id} could not be found");
    }

    private static FloatingIpRequest Base(Guid network) => new() { FloatingNetworkId = network };

    private FloatingIpRequest Fip(Guid? port, string? fixedAddress = null) => Base(_external.Id) with
    {
        PortId = port,
        FixedIpAddress = fixedAddress is null ? default : (IpAddress?)IpAddress.Parse(fixedAddress),
    };

    private FloatingIp Create(FloatingIpRequest request) => FloatingIpRules.Create(_cloud.Edit, L3Cloud.Project, request, CloudSettings.Default, L3Cloud.User);

    private FloatingIp Update(FloatingIp fip, FloatingIpRequest request) => FloatingIpRules.Update(_cloud.Edit, fip.Id, request, L3Cloud.User);

    private Port Instance(string address) => _cloud.Port(_cloud.Now.Networks[_inside.NetworkId], L3Cloud.Project, (_inside, address));

    private void Refuse(FloatingIpRequest request, int status, string type, string message)
    {
        L3Cloud cloud = _cloud;
        Action act = () => FloatingIpRules.Create(
            new TopologyEdit(cloud.Now, DateTimeOffset.UnixEpoch, cloud.NewId), L3Cloud.Project, request, CloudSettings.Default, L3Cloud.User);
        act.ShouldBeRefused(status, type, message);
    }
}

using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

public sealed class RouterGatewaysTests
{
    private readonly L3Cloud _cloud = new();

    [Fact]
    public void A_gateway_is_a_port_of_the_system_with_an_address_of_each_family()
    {
        Network external = _cloud.Network(external: true, physical: "physnet1");
        Subnet v4 = _cloud.Subnet(external, "203.0.113.0/24");
        _cloud.Commit();
        _ = _cloud.Subnet(external, "198.51.100.0/24");
        Subnet v6 = _cloud.Subnet(external, "2001:db8::/64");
        Router router = _cloud.SetGateway(_cloud.Router(), external);
        Port port = _cloud.Now.Ports[router.Gateway!.PortId];
        (port.ProjectId, port.DeviceOwner, port.DeviceId).ShouldBe(("", "network:router_gateway", router.Id.ToString()));
        port.FixedIps.Select(ip => ip.SubnetId).ShouldBe([v4.Id, v6.Id]);
        port.SecurityGroups.IsEmpty.ShouldBeTrue();
        port.PortSecurityEnabled.ShouldBeFalse();
        router.Gateway.EnableSnat.ShouldBeTrue();
    }

    [Fact]
    public void An_address_of_one_s_choice_is_taken()
    {
        Network external = External(out Subnet subnet);
        Router router = _cloud.Router(new RouterRequest
        {
            Gateway = new GatewayRequest(external.Id, EnableSnat: false, [new FixedIpRequest(subnet.Id, IpAddress.Parse("203.0.113.77"))]),
        });
        _cloud.Now.Ports[router.Gateway!.PortId].FixedIps.Single().Address.ToString().ShouldBe("203.0.113.77");
        router.Gateway.EnableSnat.ShouldBeFalse();
    }

    [Fact]
    public void Addresses_change_without_a_new_port_and_enable_snat_returns_to_its_default()
    {
        Network external = External(out Subnet subnet);
        Router router = _cloud.Router(new RouterRequest { Gateway = new GatewayRequest(external.Id, EnableSnat: false) });
        Router changed = _cloud.Update(router, new RouterRequest
        {
            Gateway = new GatewayRequest(external.Id, default, [new FixedIpRequest(subnet.Id, IpAddress.Parse("203.0.113.88"))]),
        });
        changed.Gateway!.PortId.ShouldBe(router.Gateway!.PortId);
        changed.Gateway.EnableSnat.ShouldBeTrue();
        changed.RevisionNumber.ShouldBeGreaterThan(router.RevisionNumber);
        _cloud.Now.Ports[router.Gateway.PortId].FixedIps.Single().Address.ToString().ShouldBe("203.0.113.88");
    }

    [Fact]
    public void Only_external_networks_that_exist_are_ways_out()
    {
        Network inside = _cloud.Network();
        Action set = () => _cloud.SetGateway(_cloud.Router(), inside);
        set.ShouldBeRefused(400, "BadRequest", $"Bad router request: Network {inside.Id} is not an external network.");
        Guid id = _cloud.NewId();
        Action unknown = () => _cloud.Router(new RouterRequest { Gateway = new GatewayRequest(id) });
        unknown.ShouldBeRefused(404, "NetworkNotFound", $"Network {id} could not be found.");
    }

    [Fact]
    public void The_upstream_router_s_address_and_taken_ones_are_refused()
    {
        Network external = External(out Subnet subnet);
        Action upstream = () => _cloud.Router(new RouterRequest
        {
            Gateway = new GatewayRequest(external.Id, default, [new FixedIpRequest(null, subnet.GatewayIp)]),
        });
        upstream.ShouldBeRefused(400, "BadRequest", "Bad router request: External IP 203.0.113.1 is the same as the gateway IP.");
        _ = _cloud.Port(external, "p", (subnet, "203.0.113.50"));
        Action taken = () => _cloud.Router(new RouterRequest
        {
            Gateway = new GatewayRequest(external.Id, default, [new FixedIpRequest(null, IpAddress.Parse("203.0.113.50"))]),
        });
        taken.ShouldBeRefused(409, "IpAddressAlreadyAllocated", $"IP address 203.0.113.50 already allocated in subnet {subnet.Id}");
    }

    [Fact]
    public void A_gateway_is_cleared_or_moved_only_when_no_floating_ip_uses_it()
    {
        (Router router, Network external, _, Port instance) = _cloud.Routed();
        FloatingIp fip = _cloud.FloatingIp(external, instance.Id);
        Network other = External(out _);
        string text = $"Gateway cannot be updated for router {router.Id}, since a gateway to external network {external.Id} "
            + "is required by one or more floating IPs.";
        Action clear = () => _cloud.SetGateway(router, null);
        clear.ShouldBeRefused(409, "RouterExternalGatewayInUseByFloatingIp", text);
        Action move = () => _cloud.SetGateway(router, other);
        move.ShouldBeRefused(409, "RouterExternalGatewayInUseByFloatingIp", text);
        FloatingIpRules.Delete(_cloud.Edit, fip.Id);
        Router moved = _cloud.SetGateway(router, other);
        moved.Gateway!.NetworkId.ShouldBe(other.Id);
        _cloud.Now.Ports.ShouldNotContainKey(router.Gateway!.PortId);
        _cloud.SetGateway(router, null).Gateway.ShouldBeNull();
        _cloud.Now.RoutersByExternalNetwork.Has(other.Id).ShouldBeFalse();
    }

    [Fact]
    public void A_gateway_whose_subnets_overlap_an_interface_is_refused()
    {
        Network external = External(out Subnet outside);
        Subnet inside = _cloud.Subnet(_cloud.Network(), "203.0.113.128/25");
        Router router = _cloud.Router();
        _ = _cloud.Join(router, inside);
        Action set = () => _cloud.SetGateway(router, external);
        set.ShouldBeRefused(400, "BadRequest",
            $"Bad router request: Cidr 203.0.113.0/24 of subnet {outside.Id} overlaps with cidr 203.0.113.128/25 of subnet {inside.Id}.");
    }

    [Fact]
    public void Routes_through_the_gateway_hold_it()
    {
        (Router router, _, _, _) = _cloud.Routed();
        ValueList<HostRoute> routes = [new HostRoute(IpPrefix.Parse("192.168.0.0/24"), IpAddress.Parse("203.0.113.9"))];
        _cloud.Update(router, new RouterRequest { Routes = routes });
        Action clear = () => _cloud.SetGateway(router, null);
        clear.ShouldBeRefused(400, "InvalidRoutes", "Invalid format for routes: "
            + "[{'destination': '192.168.0.0/24', 'nexthop': '203.0.113.9'}], the nexthop is not connected with router");
        _cloud.Update(router, new RouterRequest { Routes = default(ValueList<HostRoute>), Gateway = (GatewayRequest?)null })
            .Gateway.ShouldBeNull();
    }

    [Fact]
    public void The_first_ipv6_subnet_of_an_external_network_reaches_the_gateways_there()
    {
        (Router router, Network external, _, _) = _cloud.Routed();
        Subnet v6 = _cloud.Subnet(external, "2001:db8::/64");
        RouterGateways.SubnetAdded(_cloud.Edit, v6);
        _cloud.Now.Ports[router.Gateway!.PortId].FixedIps.Count(ip => ip.SubnetId == v6.Id).ShouldBe(1);
        RouterGateways.SubnetAdded(_cloud.Edit, _cloud.Subnet(external, "198.51.100.0/24"));
        _cloud.Now.Ports[router.Gateway.PortId].FixedIps.Count.ShouldBe(2);
    }

    private Network External(out Subnet subnet)
    {
        Network external = _cloud.Network(external: true, physical: "physnet1");
        subnet = _cloud.Subnet(external, "203.0.113.0/24");
        return external;
    }
}

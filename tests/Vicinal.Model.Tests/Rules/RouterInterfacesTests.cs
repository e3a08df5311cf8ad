using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

public sealed class RouterInterfacesTests
{
    private readonly L3Cloud _cloud = new();
    private readonly Network _network;
    private readonly Subnet _subnet;
    private readonly Router _router;

    public RouterInterfacesTests()
    {
        _network = _cloud.Network();
        _subnet = _cloud.Subnet(_network, "10.50.0.0/24");
        _router = _cloud.Router();
    }

    [Fact]
    public void A_subnet_joins_with_its_gateway_address()
    {
        InterfaceAnswer answer = _cloud.Join(_router, _subnet);
        Port port = _cloud.Now.Ports[answer.PortId];
        port.FixedIps.ShouldBe([new FixedIp(_subnet.Id, IpAddress.Parse("10.50.0.1"))]);
        (port.DeviceOwner, port.DeviceId, port.ProjectId, port.Status, port.BindingVifType)
            .ShouldBe(("network:router_interface_distributed", _router.Id.ToString(), L3Cloud.Project, "ACTIVE", "distributed"));
        answer.ShouldBe(new InterfaceAnswer(_router.Id, L3Cloud.Project, port.Id, _network.Id, [_subnet.Id]));
        answer.SubnetId.ShouldBe(_subnet.Id);
        _cloud.Now.Routers[_router.Id].RevisionNumber.ShouldBe(_router.RevisionNumber + 1);
    }

    [Fact]
    public void A_port_joins_with_its_own_address()
    {
        Port port = _cloud.Edit.Put(_cloud.Port(_network, L3Cloud.Project, (_subnet, "10.50.0.7")) with { BindingHostId = "c1" });
        AddPort(port).PortId.ShouldBe(port.Id);
        Port joined = _cloud.Now.Ports[port.Id];
        (joined.DeviceOwner, joined.BindingHostId).ShouldBe(("network:router_interface_distributed", ""));
        RouterPorts.InterfaceOn(_cloud.Now, _router.Id, _subnet.Id)!.Id.ShouldBe(port.Id);
    }

    [Fact]
    public void One_of_subnet_and_port_is_named()
    {
        Action none = () => RouterInterfaces.Add(_cloud.Edit, _router.Id, default, CloudSettings.Default, L3Cloud.User);
        none.ShouldBeRefused(400, "BadRequest", "Bad router request: Either subnet_id or port_id must be specified.");
        Action both = () => RouterInterfaces.Add(_cloud.Edit, _router.Id, new InterfaceRequest(_subnet.Id, _subnet.Id), CloudSettings.Default, L3Cloud.User);
        both.ShouldBeRefused(400, "BadRequest", "Bad router request: Cannot specify both subnet-id and port-id.");
        Action removeNone = () => RouterInterfaces.Remove(_cloud.Edit, _router.Id, default, CloudSettings.Default);
        removeNone.ShouldBeRefused(400, "BadRequest", "Bad router request: Either subnet_id or port_id must be specified.");
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        Guid id = _cloud.NewId();
        Action router = () => RouterInterfaces.Add(_cloud.Edit, id, new InterfaceRequest(_subnet.Id, null), CloudSettings.Default, L3Cloud.User);
        router.ShouldBeRefused(404, "RouterNotFound", $"Router {id} could not be found");
        Action subnet = () => RouterInterfaces.Add(_cloud.Edit, _router.Id, new InterfaceRequest(id, null), CloudSettings.Default, L3Cloud.User);
        subnet.ShouldBeRefused(404, "SubnetNotFound", $"Subnet {id} could not be found.");
        Action port = () => RouterInterfaces.Add(_cloud.Edit, _router.Id, new InterfaceRequest(null, id), CloudSettings.Default, L3Cloud.User);
        port.ShouldBeRefused(404, "PortNotFound", $"Port {id} could not be found.");
    }

    [Fact]
    public void A_subnet_joins_once()
    {
        _ = _cloud.Join(_router, _subnet);
        Action again = () => _cloud.Join(_router, _subnet);
        again.ShouldBeRefused(400, "BadRequest", $"Bad router request: Router already has a port on subnet {_subnet.Id}.");
    }

    [Fact]
    public void Cidrs_of_one_router_do_not_overlap()
    {
        _ = _cloud.Join(_router, _subnet);
        Subnet half = _cloud.Subnet(_cloud.Network(), "10.50.0.0/25");
        Action join = () => _cloud.Join(_router, half);
        join.ShouldBeRefused(400, "BadRequest",
            $"Bad router request: Cidr 10.50.0.0/25 of subnet {half.Id} overlaps with cidr 10.50.0.0/24 of subnet {_subnet.Id}.");
    }

    [Fact]
    public void Cidrs_do_not_overlap_the_gateway_s_network_either_where_the_gateway_has_no_address()
    {
        Network external = _cloud.Network(external: true);
        _ = _cloud.Subnet(external, "203.0.113.0/24");
        Subnet second = _cloud.Subnet(external, "10.0.0.0/8");
        _cloud.SetGateway(_router, external);
        Action join = () => _cloud.Join(_router, _subnet);
        join.ShouldBeRefused(400, "BadRequest",
            $"Bad router request: Cidr 10.50.0.0/24 of subnet {_subnet.Id} overlaps with cidr 10.0.0.0/8 of subnet {second.Id}.");
    }

    [Fact]
    public void Two_routers_do_not_share_the_gateway_address()
    {
        _ = _cloud.Join(_router, _subnet);
        Action join = () => _cloud.Join(_cloud.Router(), _subnet);
        join.ShouldBeRefused(409, "IpAddressAlreadyAllocated", $"IP address 10.50.0.1 already allocated in subnet {_subnet.Id}");
    }

    [Fact]
    public void A_subnet_without_gateway_joins_by_port_only()
    {
        Subnet lone = _cloud.Subnet(_network, "10.51.0.0/24", gateway: false);
        Action join = () => _cloud.Join(_router, lone);
        join.ShouldBeRefused(400, "BadRequest", "Bad router request: Subnet for router interface must have a gateway IP.");
        AddPort(_cloud.Port(_network, L3Cloud.Project, (lone, "10.51.0.9"))).SubnetIds.ShouldBe([lone.Id]);
    }

    [Fact]
    public void A_port_in_use_or_without_address_or_on_two_ipv4_subnets_does_not_join()
    {
        Port used = _cloud.Edit.Put(_cloud.Port(_network, L3Cloud.Project, (_subnet, "10.50.0.7")) with { DeviceId = "vm-ep" });
        Action join = () => AddPort(used);
        join.ShouldBeRefused(409, "PortInUse",
            $"Unable to complete operation on port {used.Id} for network {_network.Id}. Port already has an attached device vm-ep.");
        Action bare = () => AddPort(_cloud.Port(_network));
        bare.ShouldBeRefused(400, "BadRequest", "Bad router request: Router port must have at least one fixed IP.");
        Subnet second = _cloud.Subnet(_network, "10.51.0.0/24");
        Action two = () => AddPort(_cloud.Port(_network, L3Cloud.Project, (_subnet, "10.50.0.8"), (second, "10.51.0.8")));
        two.ShouldBeRefused(400, "BadRequest", "Bad router request: Cannot have multiple IPv4 subnets on router port.");
    }

    [Fact]
    public void Ipv6_subnets_of_a_network_share_one_interface()
    {
        Subnet a = _cloud.Subnet(_network, "2001:db8:a::/64", mode: "slaac", raMode: "slaac");
        Subnet b = _cloud.Subnet(_network, "2001:db8:b::/64");
        Guid port = _cloud.Join(_router, a).PortId;
        _cloud.Join(_router, b).PortId.ShouldBe(port);
        _cloud.Join(_router, _subnet).PortId.ShouldNotBe(port);
        Subnet c = _cloud.Subnet(_network, "2001:db8:c::/64");
        Port second = _cloud.Port(_network, L3Cloud.Project, (c, "2001:db8:c::9"));
        Action add = () => AddPort(second);
        add.ShouldBeRefused(400, "BadRequest", $"Bad router request: Router already contains IPv6 port {port} belonging to network id "
            + $"{_network.Id}. Only one IPv6 port from the same network subnet can be connected to a router..");
        Remove(a).SubnetIds.ShouldBe([a.Id]);
        _cloud.Now.Ports[port].FixedIps.Single().SubnetId.ShouldBe(b.Id);
        _ = Remove(b);
        _cloud.Now.Ports.ShouldNotContainKey(port);
    }

    [Fact]
    public void A_subnet_that_listens_to_another_router_s_advertisements_does_not_join()
    {
        Subnet foreign = _cloud.Subnet(_network, "2001:db8:a::/64", mode: "slaac");
        Should.Throw<NeutronFault>(() => _cloud.Join(_router, foreign)).Message.ShouldContain("configured to receive RAs from an external router");
    }

    [Fact]
    public void Other_projects_subnets_and_ports_stay_theirs()
    {
        Network theirs = _cloud.Network(project: "p2");
        Subnet hidden = _cloud.Subnet(theirs, "10.60.0.0/24");
        Action unseen = () => _cloud.Join(_router, hidden);
        unseen.ShouldBeRefused(404, "SubnetNotFound", $"Subnet {hidden.Id} could not be found.");
        Subnet shared = _cloud.Subnet(_cloud.Network(project: "p2", shared: true), "10.61.0.0/24");
        Action seen = () => _cloud.Join(_router, shared);
        seen.ShouldBeRefused(400, "BadRequest", "Bad router request: Cannot add interface to router because subnet "
            + $"{shared.Id} is not owned by project making the request.");
        Port port = _cloud.Port(theirs, "p2", (hidden, "10.60.0.7"));
        Action add = () => AddPort(port);
        add.ShouldBeRefused(404, "PortNotFound", $"Port {port.Id} could not be found.");
    }

    [Fact]
    public void An_interface_leaves_by_subnet_or_port_or_both()
    {
        Guid port = _cloud.Join(_router, _subnet).PortId;
        Guid unknown = _cloud.NewId();
        Subnet other = _cloud.Subnet(_network, "10.51.0.0/24");
        Action notThere = () => Remove(other);
        notThere.ShouldBeRefused(404, "RouterInterfaceNotFoundForSubnet", $"Router {_router.Id} has no interface on subnet {other.Id}");
        Action noPort = () => RouterInterfaces.Remove(_cloud.Edit, _router.Id, new InterfaceRequest(null, unknown), CloudSettings.Default);
        noPort.ShouldBeRefused(404, "RouterInterfaceNotFound", $"Router {_router.Id} does not have an interface with id {unknown}");
        Action mismatch = () => RouterInterfaces.Remove(_cloud.Edit, _router.Id, new InterfaceRequest(other.Id, port), CloudSettings.Default);
        mismatch.ShouldBeRefused(400, "SubnetMismatchForPort", $"Subnet on port {port} does not match the requested subnet {other.Id}.");
        RouterInterfaces.Remove(_cloud.Edit, _router.Id, new InterfaceRequest(_subnet.Id, port), CloudSettings.Default).PortId.ShouldBe(port);
        _cloud.Now.RouterPortsBySubnet.Has(_subnet.Id).ShouldBeFalse();
        _cloud.Now.Allocations.OwnerOf(_subnet.Id, IpAddress.Parse("10.50.0.1")).ShouldBeNull();
    }

    [Fact]
    public void An_interface_that_floating_ips_or_routes_need_stays()
    {
        L3Cloud cloud = _cloud;
        (Router router, Network external, Subnet subnet, Port instance) = cloud.Routed();
        FloatingIp fip = cloud.FloatingIp(external, instance.Id);
        Action remove = () => RouterInterfaces.Remove(cloud.Edit, router.Id, new InterfaceRequest(subnet.Id, null), CloudSettings.Default);
        remove.ShouldBeRefused(409, "RouterInterfaceInUseByFloatingIP",
            $"Router interface for subnet {subnet.Id} on router {router.Id} cannot be deleted, as it is required by one or more floating IPs.");
        FloatingIpRules.Delete(cloud.Edit, fip.Id);
        cloud.Update(router, new RouterRequest
        {
            Routes = (ValueList<HostRoute>)[new HostRoute(IpPrefix.Parse("192.168.0.0/24"), IpAddress.Parse("10.50.0.7"))],
        });
        remove.ShouldBeRefused(409, "RouterInterfaceInUseByRoute",
            $"Router interface for subnet {subnet.Id} on router {router.Id} cannot be deleted, as it is required by one or more routes.");
    }

    private InterfaceAnswer AddPort(Port port) =>
        RouterInterfaces.Add(_cloud.Edit, _router.Id, new InterfaceRequest(null, port.Id), CloudSettings.Default, L3Cloud.User);

    private InterfaceAnswer Remove(Subnet subnet) =>
        RouterInterfaces.Remove(_cloud.Edit, _router.Id, new InterfaceRequest(subnet.Id, null), CloudSettings.Default);
}

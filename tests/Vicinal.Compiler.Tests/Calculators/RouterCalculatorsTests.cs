using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Tests.Calculators;

public sealed class RouterCalculatorsTests
{
    private readonly CompiledCloud _compiled = new();
    private readonly Router _router;

    public RouterCalculatorsTests() => _router = _compiled.Cloud.AddRouter();

    [Fact]
    public void A_router_has_a_head()
    {
        _compiled.Row<RouterRow>().ShouldBe(new RouterRow(_router.Id, _router.TransitVni, AdminUp: true, Distributed: true));
        _compiled.Cloud.Put(_router with { AdminStateUp = false, Distributed = false });
        _compiled.Row<RouterRow>().ShouldBe(new RouterRow(_router.Id, _router.TransitVni, AdminUp: false, Distributed: false));
    }

    [Fact]
    public void An_interface_has_its_addresses_with_the_lengths_of_their_subnets()
    {
        Network network = _compiled.Cloud.AddNetwork();
        Subnet v4 = _compiled.Cloud.AddSubnet(network, "10.0.0.0/22");
        Subnet v6 = _compiled.Cloud.AddSubnet(network, "2001:db8::/64");
        Port port = _compiled.Cloud.AddInterface(_router, network, v4, v6);
        _compiled.Row<RouterInterfaceRow>().ShouldBe(new RouterInterfaceRow(
            _router.Id,
            port.Id,
            network.Id,
            port.MacAddress,
            [new InterfaceAddress(IpAddress.Parse("10.0.0.1"), 22), new InterfaceAddress(IpAddress.Parse("2001:db8::1"), 64)]));
    }

    [Fact]
    public void An_interface_that_is_administratively_down_is_none()
    {
        Network network = _compiled.Cloud.AddNetwork();
        Port port = _compiled.Cloud.AddInterface(_router, network, _compiled.Cloud.AddSubnet(network, "10.0.0.0/24"));
        _compiled.Cloud.Put(port with { AdminStateUp = false });
        _compiled.Rows<RouterInterfaceRow>().ShouldBeEmpty();
    }

    [Fact]
    public void One_more_route_is_one_more_row_and_leaves_the_others()
    {
        HostRoute first = new(IpPrefix.Parse("192.0.2.0/24"), IpAddress.Parse("10.0.0.5"));
        HostRoute second = new(IpPrefix.Parse("192.0.2.0/24"), IpAddress.Parse("10.0.0.6"));
        HostRoute third = new(IpPrefix.Parse("2001:db8:1::/48"), IpAddress.Parse("fe80::1"));
        Router router = _compiled.Cloud.Put(_router with { Routes = [first, second] });
        _compiled.Rows<RouteRow>().Select(static r => r.NextHop).ShouldBe([first.NextHop, second.NextHop], ignoreOrder: true);

        _compiled.Cloud.Put(router with { Routes = [third, second, first] });
        RowChange change = _compiled.Compile().Rows.ShouldHaveSingleItem();
        change.Row.ShouldBe(new RouteRow(_router.Id, third.Destination, third.NextHop));
    }

    [Fact]
    public void A_gateway_has_its_addresses_next_hops_and_nodes_by_priority()
    {
        Network external = _compiled.Cloud.AddExternalNetwork();
        Subnet v4 = _compiled.Cloud.AddSubnet(external, "203.0.113.0/24");
        Subnet v6 = _compiled.Cloud.AddSubnet(external, "2001:db8:ffff::/64");
        Router router = _compiled.Cloud.SetGateway(_router, external, [v4, v6], "g1", "g2");
        Port port = _compiled.Cloud.Topology.Ports[router.Gateway!.PortId];
        _compiled.Row<ExternalGatewayRow>().ShouldBe(new ExternalGatewayRow(
            _router.Id,
            port.Id,
            external.Id,
            port.MacAddress,
            [new InterfaceAddress(IpAddress.Parse("203.0.113.2"), 24), new InterfaceAddress(IpAddress.Parse("2001:db8:ffff::2"), 64)],
            [IpAddress.Parse("203.0.113.1"), IpAddress.Parse("2001:db8:ffff::1")],
            EnableSnat: true));
        _compiled.Row<RouterRow>().GatewayNodes.ShouldBe([new GatewayNode("g1", 2), new GatewayNode("g2", 1)]);
        _compiled.Row<RouterRow>().Lease.ShouldBe(GatewayLease.Short);
    }

    [Fact]
    public void A_single_gateway_node_serves_for_ever_unless_the_server_may_schedule_another()
    {
        Network external = _compiled.Cloud.AddExternalNetwork();
        Router router = _compiled.Cloud.SetGateway(_router, external, [_compiled.Cloud.AddSubnet(external, "203.0.113.0/24")], "g1");
        _compiled.Row<RouterRow>().Lease.ShouldBe(GatewayLease.None);
        GatewayPolicy policy = _compiled.Cloud.Put(new GatewayPolicy { Id = Guid.Empty, AutomaticFailover = true });
        _compiled.Row<RouterRow>().Lease.ShouldBe(GatewayLease.Long);
        _compiled.Cloud.Put(router with { GatewayBindings = [new GatewayBinding("g1", 2), new GatewayBinding("g2", 1)] });
        _compiled.Row<RouterRow>().Lease.ShouldBe(GatewayLease.Short);
        _compiled.Cloud.Put(router with { GatewayBindings = default });
        _compiled.Row<RouterRow>().Lease.ShouldBe(GatewayLease.None, "nobody serves");
        _compiled.Cloud.Put(router);
        _compiled.Cloud.Put(policy with { AutomaticFailover = false });
        _compiled.Row<RouterRow>().Lease.ShouldBe(GatewayLease.None);
    }

    [Fact]
    public void There_is_at_most_one_next_hop_of_a_family()
    {
        Network external = _compiled.Cloud.AddExternalNetwork();
        Subnet first = _compiled.Cloud.AddSubnet(external, "203.0.113.0/24");
        Subnet second = _compiled.Cloud.AddSubnet(external, "198.51.100.0/24");
        _compiled.Cloud.SetGateway(_router, external, [first, second]);
        _compiled.Row<ExternalGatewayRow>().NextHops.ShouldBe([IpAddress.Parse("203.0.113.1")]);

        _compiled.Cloud.Put(first with { GatewayIp = null });
        _compiled.Row<ExternalGatewayRow>().NextHops.ShouldBe([IpAddress.Parse("198.51.100.1")]);
    }

    [Fact]
    public void A_gateway_that_is_cleared_is_gone()
    {
        Network external = _compiled.Cloud.AddExternalNetwork();
        _compiled.Cloud.SetGateway(_router, external, [_compiled.Cloud.AddSubnet(external, "203.0.113.0/24")], "g1");
        _compiled.Rows<ExternalGatewayRow>().Count.ShouldBe(1);
        _compiled.Cloud.ClearGateway(_router);
        _compiled.Rows<ExternalGatewayRow>().ShouldBeEmpty();
    }
}

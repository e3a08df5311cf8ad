using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Tests.Subscriptions;

public sealed class RoutingDomainTests
{
    private readonly CompiledCloud _compiled = new();

    [Fact]
    public void A_node_needs_the_network_of_its_port_and_no_other()
    {
        Network blue = Network();
        Network red = Network();
        Port port = _compiled.Cloud.AddPort(blue, "c1");
        _compiled.Cloud.AddPort(red, "c2");
        _compiled.Compile();
        Networks("c1").ShouldBe([blue.Id]);
        _compiled.Snapshot.UnitsOf("c1").ShouldContain(UnitId.Port(port.Id));
        _compiled.Snapshot.UnitsOf("c2").ShouldNotContain(UnitId.Port(port.Id));
    }

    [Fact]
    public void The_directory_goes_to_hosts_with_an_agent()
    {
        _compiled.Cloud.AddAgent("c1");
        _compiled.Cloud.AddPort(Network(), "c2");
        _compiled.Compile();
        _compiled.Snapshot.HostsOf(UnitId.Directory).ShouldBe(["c1"]);
    }

    [Fact]
    public void A_router_interface_gives_both_sides_each_others_networks_and_renumbers_nothing()
    {
        Network blue = Network();
        Network red = Network();
        Router router = _compiled.Cloud.AddRouter();
        _compiled.Cloud.AddPort(blue, "c1");
        _compiled.Cloud.AddPort(red, "c2");
        Interface(router, blue);
        _compiled.Compile();
        Networks("c1").ShouldBe([blue.Id]);

        Port joint = Interface(router, red);
        CompileResult result = _compiled.Compile();
        result.Rows.ShouldHaveSingleItem().Key.ShouldBe(new RowKey(RowKind.RouterInterface, joint.Id));
        Networks("c1").ShouldBe([blue.Id, red.Id], ignoreOrder: true);
        Networks("c2").ShouldBe([blue.Id, red.Id], ignoreOrder: true);
        Routers("c2").ShouldBe([router.Id]);

        _compiled.Cloud.Remove(joint);
        _compiled.Compile().Rows.ShouldHaveSingleItem();
        Networks("c1").ShouldBe([blue.Id]);
        Networks("c2").ShouldBe([red.Id]);
        Routers("c2").ShouldBeEmpty();
    }

    [Fact]
    public void Networks_joined_by_two_routers_stay_joined_when_one_goes()
    {
        Network blue = Network();
        Network red = Network();
        Router first = _compiled.Cloud.AddRouter();
        Router second = _compiled.Cloud.AddRouter();
        Port cut = Interface(first, blue);
        Interface(first, red);
        Interface(second, blue);
        Interface(second, red);
        _compiled.Cloud.AddPort(blue, "c1");
        _compiled.Compile();
        _compiled.Cloud.Remove(cut);
        _compiled.Compile().Subscriptions.ShouldBeEmpty();
        Routers("c1").ShouldBe([first.Id, second.Id], ignoreOrder: true);
    }

    [Fact]
    public void Two_interfaces_between_the_same_router_and_network_hold_until_the_last_goes()
    {
        Network blue = Network();
        Router router = _compiled.Cloud.AddRouter();
        Port first = Interface(router, blue);
        Port second = Interface(router, blue);
        _compiled.Cloud.AddPort(blue, "c1");
        _compiled.Compile();
        _compiled.Cloud.Remove(first);
        _compiled.Compile().Subscriptions.ShouldBeEmpty();
        _compiled.Cloud.Remove(second);
        _compiled.Compile().Subscriptions.ShouldBe([new SubscriptionChange("c1", UnitId.Router(router.Id), Added: false)]);
    }

    [Fact]
    public void A_shared_external_network_joins_nothing()
    {
        Network external = _compiled.Cloud.AddExternalNetwork();
        Subnet outside = _compiled.Cloud.AddSubnet(external, "203.0.113.0/24");
        (Network blue, Router blueRouter) = Routed();
        (Network red, Router redRouter) = Routed();
        _compiled.Cloud.SetGateway(blueRouter, external, [outside], "g1");
        _compiled.Cloud.SetGateway(redRouter, external, [outside], "g2");
        _compiled.Cloud.AddPort(blue, "c1");
        _compiled.Cloud.AddPort(red, "c2");
        _compiled.Cloud.AddPort(external, "c3");
        _compiled.Compile();

        Networks("c1").ShouldBe([blue.Id, external.Id], ignoreOrder: true);
        Networks("g1").ShouldBe([blue.Id, external.Id], ignoreOrder: true);
        Networks("c2").ShouldBe([red.Id, external.Id], ignoreOrder: true);
        Networks("c3").ShouldBe([external.Id]);
        Routers("c1").ShouldBe([blueRouter.Id]);
        Routers("c3").ShouldBeEmpty();
    }

    [Fact]
    public void Two_routers_of_one_domain_share_the_external_network_and_part_with_it_once()
    {
        Network external = _compiled.Cloud.AddExternalNetwork();
        Subnet outside = _compiled.Cloud.AddSubnet(external, "203.0.113.0/24");
        (Network blue, Router first) = Routed();
        (Network red, Router second) = Routed();
        _compiled.Cloud.SetGateway(first, external, [outside], "g1");
        _compiled.Cloud.SetGateway(second, external, [outside], "g1");
        _compiled.Cloud.AddPort(blue, "c1");
        _compiled.Cloud.AddPort(red, "c1");
        Port joint = Interface(second, blue);
        _compiled.Compile();

        _compiled.Cloud.ClearGateway(first);
        _compiled.Compile().Subscriptions.ShouldBeEmpty();
        _compiled.Cloud.Remove(joint);
        _compiled.Compile().Subscriptions.ShouldBe(
            [new("g1", UnitId.Router(first.Id), Added: false), new("g1", UnitId.Network(blue.Id), Added: false)], ignoreOrder: true);
        _compiled.Cloud.ClearGateway(second);
        _compiled.Compile();
        Networks("c1").ShouldBe([blue.Id, red.Id], ignoreOrder: true);
        Networks("g1").ShouldBeEmpty();
    }

    [Fact]
    public void Domains_that_share_an_external_network_and_are_joined_let_go_of_it_together()
    {
        Network external = _compiled.Cloud.AddExternalNetwork();
        Subnet outside = _compiled.Cloud.AddSubnet(external, "203.0.113.0/24");
        (Network blue, Router first) = Routed();
        (_, Router second) = Routed();
        _compiled.Cloud.SetGateway(first, external, [outside]);
        _compiled.Cloud.SetGateway(second, external, [outside]);
        _compiled.Cloud.AddPort(blue, "c1");
        _compiled.Compile();
        Interface(second, blue);
        _compiled.Compile();
        _compiled.Cloud.ClearGateway(first);
        _compiled.Cloud.ClearGateway(second);
        _compiled.Compile();
        Networks("c1").ShouldNotContain(external.Id);
    }

    [Fact]
    public void The_owner_of_a_floating_ip_needs_its_routers_domain()
    {
        Network external = _compiled.Cloud.AddExternalNetwork();
        Subnet outside = _compiled.Cloud.AddSubnet(external, "203.0.113.0/24");
        (Network blue, Router router) = Routed();
        Subnet inside = _compiled.Cloud.AddSubnet(blue, "10.1.0.0/24");
        router = _compiled.Cloud.SetGateway(router, external, [outside], "g1", "g2");
        _compiled.Cloud.AddFloatingIp(external, outside, router, _compiled.Cloud.AddPort(blue, "", [inside]));
        _compiled.Compile();
        _compiled.Cloud.Put(router with { GatewayBindings = default });
        _compiled.Compile();
        _compiled.Snapshot.Hosts.ShouldBeEmpty();
    }

    [Fact]
    public void A_second_port_of_a_domain_on_a_host_takes_only_its_own_unit_there()
    {
        (Network blue, Router router) = Routed();
        for (int i = 0; i < 50; i++)
        {
            Interface(router, Network());
        }

        _compiled.Cloud.AddPort(blue, "c1");
        _compiled.Compile().Subscriptions.Count.ShouldBe(1 + 51 + 1);
        Port second = _compiled.Cloud.AddPort(blue, "c1");
        CompileResult result = _compiled.Compile();
        result.Subscriptions.ShouldBe([new SubscriptionChange("c1", UnitId.Port(second.Id), Added: true)]);
        result.Work.SubscriptionSteps.ShouldBe(1);
    }

    private Network Network() => _compiled.Cloud.AddNetwork();

    private (Network Network, Router Router) Routed()
    {
        Network network = Network();
        Router router = _compiled.Cloud.AddRouter();
        Interface(router, network);
        return (network, router);
    }

    private Port Interface(Router router, Network network) => _compiled.Cloud.AddInterface(router, network);

    private IEnumerable<Guid> Networks(string host) => Ids(host, UnitKind.Network);

    private IEnumerable<Guid> Routers(string host) => Ids(host, UnitKind.Router);

    private IEnumerable<Guid> Ids(string host, UnitKind kind) =>
        _compiled.Snapshot.UnitsOf(host).Where(u => u.Kind == kind).Select(static u => u.Id);
}

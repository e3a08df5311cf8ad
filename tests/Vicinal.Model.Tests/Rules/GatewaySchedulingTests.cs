using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Rules;

public sealed class GatewaySchedulingTests
{
    private readonly L3Cloud _cloud = new();
    private readonly Network _external;

    public GatewaySchedulingTests()
    {
        _external = _cloud.Network(external: true, physical: "physnet1");
        _ = _cloud.Subnet(_external, "203.0.112.0/20");
    }

    [Fact]
    public void Only_dvr_snat_nodes_with_the_bridge_that_are_enabled_serve_a_distributed_router()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        _ = _cloud.Agent("g2", AgentModes.DvrSnat, "physnet2");
        _ = _cloud.Agent("c1", AgentModes.Dvr, "physnet1");
        _ = _cloud.Agent("l1", AgentModes.Legacy, "physnet1");
        Agent off = _cloud.Agent("g3", AgentModes.DvrSnat, "physnet1");
        _ = AgentRules.Update(_cloud.Edit, off.Id, adminStateUp: false, description: null, CloudSettings.Default);
        Hosts(Gatewayed()).ShouldBe(["g1"]);
        Hosts(_cloud.SetGateway(_cloud.Router(new RouterRequest { Distributed = false }), _external)).ShouldBe(["g1", "l1"], ignoreOrder: true);
    }

    [Fact]
    public void The_least_loaded_comes_first_and_five_are_enough()
    {
        _cloud.Settings = CloudSettings.Default with { MaxL3AgentsPerRouter = 0 };
        for (int i = 1; i <= 7; i++)
        {
            _ = _cloud.Agent($"g{i}", AgentModes.DvrSnat, "physnet1");
        }

        Router[] routers = [.. Enumerable.Range(0, 14).Select(_ => Gatewayed())];
        routers.ShouldAllBe(r => r.GatewayBindings.Count == 5);
        routers.ShouldAllBe(r => r.GatewayBindings.Select(b => b.Priority).SequenceEqual(new[] { 5, 4, 3, 2, 1 }));
        routers.GroupBy(r => r.GatewayBindings[0].Host).Select(g => g.Count()).ShouldBe([2, 2, 2, 2, 2, 2, 2]);
    }

    [Fact]
    public void A_node_that_comes_later_stands_by_and_moves_nothing()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Router router = Gatewayed();
        _ = _cloud.Agent("g0", AgentModes.DvrSnat, "physnet1");
        Now(router).GatewayBindings.ShouldBe([new GatewayBinding("g1", 5), new GatewayBinding("g0", 4)]);
        Hosts(Gatewayed()).ShouldBe(["g0", "g1"]);
    }

    [Fact]
    public void A_router_that_waited_gets_the_first_node_that_can()
    {
        Router router = Gatewayed();
        Port().Status.ShouldBe("DOWN");
        router.GatewayBindings.IsEmpty.ShouldBeTrue();
        _ = _cloud.Agent("g1", AgentModes.Dvr, "physnet1");
        Now(router).GatewayBindings.IsEmpty.ShouldBeTrue();
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Hosts(Now(router)).ShouldBe(["g1"]);
        Port().Status.ShouldBe("ACTIVE");

        Port Port() => _cloud.Now.Ports[Now(router).Gateway!.PortId];
    }

    [Theory]
    [InlineData("mode")]
    [InlineData("mapping")]
    [InlineData("admin")]
    [InlineData("delete")]
    public void A_node_that_can_no_more_hands_its_gateways_to_the_next(string how)
    {
        Agent g1 = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Router router = Gatewayed();
        _ = _cloud.Agent("g2", AgentModes.DvrSnat, "physnet1");
        switch (how)
        {
            case "mode":
                _ = _cloud.Agent("g1", AgentModes.Dvr, "physnet1");
                break;
            case "mapping":
                _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet9");
                break;
            case "admin":
                _ = AgentRules.Update(_cloud.Edit, g1.Id, adminStateUp: false, description: null, CloudSettings.Default);
                break;
            default:
                AgentRules.Delete(_cloud.Edit, g1.Id, CloudSettings.Default);
                break;
        }

        Now(router).GatewayBindings.ShouldBe([new GatewayBinding("g2", 5)]);
    }

    [Theory]
    [InlineData(true, 3, 3)]
    [InlineData(true, 2, 2)]
    [InlineData(true, 0, 4)]
    [InlineData(false, 3, 1)]
    [InlineData(false, 0, 1)]
    public void The_kind_and_the_settings_say_how_many_nodes_a_router_has(bool ha, int most, int nodes)
    {
        _cloud.Settings = CloudSettings.Default with { MaxL3AgentsPerRouter = most };
        for (int i = 1; i <= 4; i++)
        {
            _ = _cloud.Agent($"g{i}", AgentModes.DvrSnat, "physnet1");
        }

        Hosts(_cloud.SetGateway(_cloud.Router(new RouterRequest { Ha = ha }), _external)).Count().ShouldBe(nodes);
    }

    [Fact]
    public void A_centralized_router_gets_its_nodes_with_its_first_interface_and_keeps_them_until_the_last()
    {
        _ = _cloud.Agent("g1");
        _ = _cloud.Agent("l1", AgentModes.Legacy);
        _ = _cloud.Agent("c1", AgentModes.Dvr);
        Router router = _cloud.Router(new RouterRequest { Distributed = false });
        Hosts(router).ShouldBeEmpty();
        Subnet[] subnets = [_cloud.Subnet(_cloud.Network(), "10.1.0.0/24"), _cloud.Subnet(_cloud.Network(), "10.2.0.0/24")];
        foreach (Subnet subnet in subnets)
        {
            _ = _cloud.Join(router, subnet);
            Hosts(Now(router)).ShouldBe(["g1", "l1"], ignoreOrder: true);
        }

        (Now(router).Schedule, Now(router).Gateway).ShouldBe((1u, null));
        _ = RouterInterfaces.Remove(_cloud.Edit, router.Id, new InterfaceRequest(subnets[0].Id, null), _cloud.Settings);
        Hosts(Now(router)).Count().ShouldBe(2);
        _ = RouterInterfaces.Remove(_cloud.Edit, router.Id, new InterfaceRequest(subnets[1].Id, null), _cloud.Settings);
        Hosts(Now(router)).ShouldBeEmpty();
        Now(router).Schedule.ShouldBe(2u);
    }

    [Fact]
    public void A_distributed_router_needs_nodes_where_a_wire_sees_its_interface()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        _ = _cloud.Agent("l1", AgentModes.Legacy, "physnet1");
        Router router = _cloud.Router();
        _ = _cloud.Join(router, _cloud.Subnet(_cloud.Network(), "10.1.0.0/24"));
        Hosts(Now(router)).ShouldBeEmpty();
        _ = _cloud.Join(router, _cloud.Subnet(_cloud.Network(physical: "physnet1"), "10.2.0.0/24"));
        Hosts(Now(router)).ShouldBe(["g1"]);
    }

    [Fact]
    public void Nodes_that_reach_all_networks_of_a_router_come_before_those_that_do_not()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Router router = Gatewayed();
        _ = _cloud.Join(router, _cloud.Subnet(_cloud.Network(physical: "physnet2"), "10.2.0.0/24"));
        Hosts(Now(router)).ShouldBe(["g1"], "a makeshift is better than none");
        _ = _cloud.Agent("g2", AgentModes.DvrSnat, "physnet1", "physnet2");
        Hosts(Now(router)).ShouldBe(["g2", "g1"]);
        _cloud.Settings = CloudSettings.Default with { MaxL3AgentsPerRouter = 2 };
        _ = _cloud.Agent("g3", AgentModes.DvrSnat, "physnet1", "physnet2");
        Hosts(Now(router)).ShouldBe(["g2", "g3"]);
    }

    [Fact]
    public void Standbys_are_in_other_zones_where_there_are_some()
    {
        foreach ((string host, string zone) in (IEnumerable<(string, string)>)[("g1", "a"), ("g2", "a"), ("g3", "a"), ("g4", "b"), ("g5", "c")])
        {
            _ = AgentRules.Report(_cloud.Edit, Report(host, zone), _cloud.Settings);
        }

        Gatewayed().GatewayBindings.Select(b => _cloud.Now.AgentOn(b.Host)!.AvailabilityZone).ShouldBe(["a", "b", "c"], ignoreOrder: true);
    }

    [Fact]
    public void The_schedule_rises_with_the_nodes_and_with_nothing_else()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Router router = Gatewayed();
        router.Schedule.ShouldBe(1u);
        _cloud.Update(router, new RouterRequest { Name = "r", AdminStateUp = false }).Schedule.ShouldBe(1u);
        _cloud.SetGateway(router, _external).Schedule.ShouldBe(1u);
        _ = _cloud.Agent("g2", AgentModes.DvrSnat, "physnet1");
        Now(router).Schedule.ShouldBe(2u);
        _ = _cloud.Agent("g2", AgentModes.DvrSnat, "physnet1", "physnet3");
        Now(router).Schedule.ShouldBe(2u);
        _cloud.SetGateway(router, null).Schedule.ShouldBe(3u);
    }

    [Fact]
    public void A_gateway_that_moves_to_another_network_stays_on_the_nodes_that_reach_both()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1", "physnet2");
        Router router = Gatewayed();
        _ = _cloud.Agent("g2", AgentModes.DvrSnat, "physnet1");
        Network other = _cloud.Network(external: true, physical: "physnet2");
        _ = _cloud.Subnet(other, "198.51.100.0/24");
        Hosts(_cloud.SetGateway(router, other)).ShouldBe(["g1"]);
        Hosts(_cloud.SetGateway(router, _external)).ShouldBe(["g1", "g2"]);
    }

    [Fact]
    public void A_node_that_returns_from_being_disabled_gets_nothing_back_by_itself()
    {
        Agent g1 = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Router router = _cloud.SetGateway(_cloud.Router(new RouterRequest { Ha = false }), _external);
        _ = _cloud.Agent("g2", AgentModes.DvrSnat, "physnet1");
        _ = AgentRules.Update(_cloud.Edit, g1.Id, adminStateUp: false, description: null, _cloud.Settings);
        Hosts(Now(router)).ShouldBe(["g2"]);
        _ = AgentRules.Update(_cloud.Edit, g1.Id, adminStateUp: true, description: null, _cloud.Settings);
        Hosts(Now(router)).ShouldBe(["g2"]);
        Now(router).Schedule.ShouldBe(2u);
    }

    [Fact]
    public void A_node_that_is_not_heard_keeps_what_it_has_and_gets_nothing_new_until_it_reports()
    {
        Agent g1 = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Router router = Gatewayed();
        _ = AgentRules.GiveUp(_cloud.Edit, g1.Id);
        Hosts(_cloud.SetGateway(router, _external)).ShouldBe(["g1"]);
        Router later = Gatewayed();
        Hosts(later).ShouldBeEmpty();
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Hosts(Now(later)).ShouldBe(["g1"]);
    }

    [Fact]
    public void Routers_whose_nodes_are_all_given_up_on_move_and_those_that_cannot_stay()
    {
        Agent g1 = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Router alone = _cloud.SetGateway(_cloud.Router(new RouterRequest { Ha = false }), _external);
        Network far = _cloud.Network(external: true, physical: "physnet2");
        _ = _cloud.Subnet(far, "198.51.100.0/24");
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1", "physnet2");
        Router stranded = _cloud.SetGateway(_cloud.Router(), far);
        _ = _cloud.Agent("g2", AgentModes.DvrSnat, "physnet1");
        Router helped = Gatewayed();
        Hosts(helped).ShouldBe(["g2", "g1"]);
        _ = AgentRules.GiveUp(_cloud.Edit, g1.Id);

        (IReadOnlyList<Guid> moved, IReadOnlyList<Guid> left) = GatewayScheduling.LeaveUnreachable(_cloud.Edit, _cloud.Settings);
        moved.ShouldBe([alone.Id]);
        left.ShouldBe([stranded.Id]);
        Hosts(Now(alone)).ShouldBe(["g2"]);
        Now(alone).Schedule.ShouldBe(2u);
        Hosts(Now(stranded)).ShouldBe(["g1"]);
        Hosts(Now(helped)).ShouldBe(["g2", "g1"]);
        GatewayScheduling.LeaveUnreachable(_cloud.Edit, _cloud.Settings).Moved.ShouldBeEmpty();
    }

    [Fact]
    public void Without_a_gateway_nothing_is_scheduled()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Router router = Gatewayed();
        _cloud.SetGateway(router, null).GatewayBindings.IsEmpty.ShouldBeTrue();
        _cloud.Now.RoutersByGatewayHost.Has("g1").ShouldBeFalse();
    }

    [Fact]
    public void Zone_hints_bind()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        _ = AgentRules.Report(_cloud.Edit, Report("g2", "b"), _cloud.Settings);
        Router router = _cloud.Router(new RouterRequest { AvailabilityZoneHints = ["b"], Gateway = new GatewayRequest(_external.Id) });
        Hosts(router).ShouldBe(["g2"]);
    }

    [Fact]
    public void A_report_that_says_nothing_new_changes_nothing()
    {
        Agent agent = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        _cloud.Commit();
        _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1").ShouldBe(agent);
        _cloud.Edit.Changes.ShouldBeEmpty();
    }

    [Fact]
    public void Ports_that_waited_for_their_host_are_bound()
    {
        Network network = _cloud.Network();
        Port failed = _cloud.Edit.Put(_cloud.Port(network) with { BindingHostId = "c1", BindingVifType = "binding_failed" });
        Port outside = _cloud.Edit.Put(_cloud.Port(_external) with { BindingHostId = "c1", BindingVifType = "binding_failed" });
        Port elsewhere = _cloud.Edit.Put(_cloud.Port(network) with { BindingHostId = "c2", BindingVifType = "binding_failed" });
        _ = _cloud.Agent("c1", AgentModes.Dvr);
        Vif(failed).ShouldBe("ovs");
        Vif(outside).ShouldBe("binding_failed");
        Vif(elsewhere).ShouldBe("binding_failed");
        _ = _cloud.Agent("c1", AgentModes.Dvr, "physnet1");
        Vif(outside).ShouldBe("ovs");

        string Vif(Port port) => _cloud.Now.Ports[port.Id].BindingVifType;
    }

    [Fact]
    public void An_unknown_mode_or_agent_is_refused()
    {
        Action report = () => _cloud.Agent("g1", "dvr_both");
        report.ShouldThrow<NeutronFault>().Status.ShouldBe(400);
        Guid id = _cloud.NewId();
        Action delete = () => AgentRules.Delete(_cloud.Edit, id, CloudSettings.Default);
        delete.ShouldBeRefused(404, "AgentNotFound", $"Agent {id} could not be found.");
    }

    private static AgentReport Report(string host, string zone) => new()
    {
        Host = host,
        Mode = AgentModes.DvrSnat,
        BridgeMappings = [new BridgeMapping("physnet1", "eth1")],
        AvailabilityZone = zone,
    };

    private Router Gatewayed() => _cloud.SetGateway(_cloud.Router(), _external);

    private Router Now(Router router) => _cloud.Now.Routers[router.Id];

    private static IEnumerable<string> Hosts(Router router) => router.GatewayBindings.Select(b => b.Host);
}

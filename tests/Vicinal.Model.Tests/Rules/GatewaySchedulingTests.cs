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
        _ = AgentRules.Update(_cloud.Edit, off.Id, adminStateUp: false, description: null);
        Hosts(Gatewayed()).ShouldBe(["g1"]);
        Hosts(_cloud.SetGateway(_cloud.Router(new RouterRequest { Distributed = false }), _external)).ShouldBe(["g1", "l1"], ignoreOrder: true);
    }

    [Fact]
    public void The_least_loaded_comes_first_and_five_are_enough()
    {
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
                _ = AgentRules.Update(_cloud.Edit, g1.Id, adminStateUp: false, description: null);
                break;
            default:
                AgentRules.Delete(_cloud.Edit, g1.Id);
                break;
        }

        Now(router).GatewayBindings.ShouldBe([new GatewayBinding("g2", 5)]);
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
        _ = AgentRules.Report(_cloud.Edit, new AgentReport
        {
            Host = "g2",
            Mode = AgentModes.DvrSnat,
            BridgeMappings = [new BridgeMapping("physnet1", "eth1")],
            AvailabilityZone = "b",
        });
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
        Action delete = () => AgentRules.Delete(_cloud.Edit, id);
        delete.ShouldBeRefused(404, "AgentNotFound", $"Agent {id} could not be found.");
    }

    private Router Gatewayed() => _cloud.SetGateway(_cloud.Router(), _external);

    private Router Now(Router router) => _cloud.Now.Routers[router.Id];

    private static IEnumerable<string> Hosts(Router router) => router.GatewayBindings.Select(b => b.Host);
}

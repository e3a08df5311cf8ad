using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Rules;

public sealed class RouterMigrationTests
{
    private static readonly RouterKind s_central = new(Distributed: false, Ha: false);
    private static readonly RouterKind s_centralHa = new(Distributed: false, Ha: true);
    private static readonly RouterKind s_distributed = new(Distributed: true, Ha: false);
    private static readonly RouterKind s_distributedHa = new(Distributed: true, Ha: true);

    private readonly L3Cloud _cloud = new();

    [Fact]
    public void A_centralized_router_becomes_distributed_beside_its_node_which_goes_last()
    {
        _ = _cloud.Agent("l1", AgentModes.Legacy, "physnet1");
        Router router = Routed(s_central);
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");

        Router prepared = Prepare(router, s_distributed);
        (prepared.Kind, prepared.AdminStateUp).ShouldBe((s_central, true));
        Hosts(prepared).ShouldBe(["l1", "g1"]);
        Owner(router).ShouldBe("network:router_interface");

        Router switched = Switch(router, s_distributed);
        (switched.Kind, switched.Schedule).ShouldBe((s_distributed, prepared.Schedule));
        Hosts(switched).ShouldBe(["l1", "g1"]);
        Owner(router).ShouldBe("network:router_interface_distributed");

        Router finished = Finish(router, s_distributed);
        (finished.Kind, finished.Migration, finished.Schedule).ShouldBe((s_distributed, null, switched.Schedule + 1));
        Hosts(finished).ShouldBe(["g1"]);
    }

    [Fact]
    public void A_distributed_router_gets_the_nodes_of_a_centralized_one_before_it_becomes_one()
    {
        _ = _cloud.Agent("g1");
        _ = _cloud.Agent("g2");
        Router router = _cloud.Router();
        _ = _cloud.Join(router, _cloud.Subnet(_cloud.Network(), "10.1.0.0/24"));
        Hosts(Now(router)).ShouldBeEmpty();
        Hosts(Prepare(router, s_centralHa)).Count().ShouldBe(2);
        _ = Switch(router, s_centralHa);
        Owner(router).ShouldBe("network:ha_router_replicated_interface");
        Hosts(Finish(router, s_centralHa)).Count().ShouldBe(2);

        _ = Prepare(router, s_distributed);
        Hosts(Switch(router, s_distributed)).Count().ShouldBe(2, "the old kind's nodes serve until the end");
        Hosts(Finish(router, s_distributed)).ShouldBeEmpty();
    }

    [Fact]
    public void Of_several_nodes_the_one_that_serves_is_kept()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Router router = Routed(s_distributedHa);
        _ = _cloud.Agent("g2", AgentModes.DvrSnat, "physnet1");
        Hosts(Now(router)).ShouldBe(["g1", "g2"]);
        _ = Prepare(router, s_distributed);
        Hosts(Switch(router, s_distributed)).ShouldBe(["g1", "g2"]);
        Hosts(RouterMigration.Finish(_cloud.Edit, router.Id, s_distributed, _cloud.Settings, serving: "g2")).ShouldBe(["g2"]);
    }

    [Fact]
    public void Each_step_may_be_repeated_and_floating_ips_and_routes_stay()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        (Router router, Network external, _, Port instance) = _cloud.Routed();
        FloatingIp floating = _cloud.FloatingIp(external, instance.Id);
        foreach (RouterKind kind in (RouterKind[])[s_central, s_distributed, s_centralHa, s_distributedHa])
        {
            Prepare(router, kind).ShouldBe(Prepare(router, kind));
            Switch(router, kind).ShouldBe(Switch(router, kind));
            Finish(router, kind).ShouldBe(Finish(router, kind));
            Prepare(router, kind).ShouldBe(Now(router), "what is done is not begun again");
            Switch(router, kind).ShouldBe(Now(router));
            _cloud.Now.FloatingIps[floating.Id].ShouldBe(floating);
            L3Invariants.Check(_cloud.Now);
        }
    }

    [Fact]
    public void Steps_out_of_order_and_other_targets_are_refused()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        Router router = Routed(s_central);
        Action early = () => Switch(router, s_distributed);
        early.ShouldBeRefused(409, "RouterMigrationOutOfOrder", $"Router {router.Id} has not been prepared to become distributed, not HA.");
        _ = Prepare(router, s_distributed);
        Action skipped = () => Finish(router, s_distributed);
        skipped.ShouldBeRefused(409, "RouterMigrationOutOfOrder", $"Router {router.Id} has not been switched yet.");

        string conflict = $"Router {router.Id} is being migrated from centralized, not HA to distributed, not HA and is prepared. "
            + "Finish that migration or take it back first.";
        Action[] others =
        [
            () => Prepare(router, s_centralHa),
            () => Prepare(router, s_central),
            () => Switch(router, s_centralHa),
            () => Finish(router, s_centralHa),
            () => _cloud.Update(router, new RouterRequest { Distributed = true }),
            () => _cloud.Update(_cloud.Update(router, new RouterRequest { AdminStateUp = false }), new RouterRequest { Ha = true }),
            () => AgentRouters.Remove(_cloud.Edit, _cloud.Now.AgentOn("g1")!.Id, router.Id),
        ];
        foreach (Action other in others)
        {
            other.ShouldBeRefused(409, "RouterInMigration", conflict);
        }
    }

    [Fact]
    public void Without_a_node_for_the_new_kind_nothing_begins()
    {
        _ = _cloud.Agent("l1", AgentModes.Legacy, "physnet1");
        Router router = Routed(s_central);
        Topology before = _cloud.Now;
        Action prepare = () => Prepare(router, s_distributed);
        prepare.ShouldBeRefused(409, "RouterReschedulingFailed", $"Failed rescheduling router {router.Id}: no eligible l3 agent found.");

        _ = _cloud.Restart(before).Agent("g1", AgentModes.DvrSnat, "physnet1");
        _ = Prepare(router, s_distributed);
        AgentRules.Delete(_cloud.Edit, _cloud.Now.AgentOn("g1")!.Id, _cloud.Settings);
        Action turn = () => Switch(router, s_distributed);
        turn.ShouldBeRefused(409, "RouterReschedulingFailed", $"Failed rescheduling router {router.Id}: no eligible l3 agent found.");
    }

    [Fact]
    public void It_goes_back_step_by_step()
    {
        _ = _cloud.Agent("l1", AgentModes.Legacy, "physnet1");
        Router router = Routed(s_central);
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        _ = Prepare(router, s_distributed);
        _ = Switch(router, s_distributed);

        Router back = StepBack(router);
        (back.Kind, back.Migration!.Phase).ShouldBe((s_central, MigrationPhase.Prepared));
        Hosts(back).ShouldBe(["l1", "g1"]);
        Owner(router).ShouldBe("network:router_interface");
        Router before = StepBack(router);
        (before.Kind, before.Migration).ShouldBe((s_central, null));
        Hosts(before).ShouldBe(["l1"]);
        StepBack(router).ShouldBe(before);
    }

    [Fact]
    public void Nodes_that_come_and_go_meanwhile_leave_each_kind_its_own()
    {
        _ = _cloud.Agent("l1", AgentModes.Legacy, "physnet1");
        Router router = Routed(s_central);
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        _ = Prepare(router, s_distributed);
        _ = _cloud.Agent("g2", AgentModes.DvrSnat, "physnet1");
        Hosts(Now(router)).ShouldBe(["l1", "g1"]);
        AgentRules.Delete(_cloud.Edit, _cloud.Now.AgentOn("g1")!.Id, _cloud.Settings);
        Hosts(Now(router)).ShouldBe(["l1", "g2"]);
        _ = Switch(router, s_distributed);
        _ = _cloud.Join(router, _cloud.Subnet(_cloud.Network(), "10.60.0.0/24"));
        Hosts(Now(router)).ShouldBe(["l1", "g2"], "the old kind's node serves until the end");
        AgentRules.Delete(_cloud.Edit, _cloud.Now.AgentOn("l1")!.Id, _cloud.Settings);
        Hosts(Now(router)).ShouldBe(["g2"]);
        Hosts(Finish(router, s_distributed)).ShouldBe(["g2"]);
    }

    private Router Routed(RouterKind kind)
    {
        (Router router, _, _, _) = _cloud.Routed();
        _ = _cloud.Update(router, new RouterRequest { AdminStateUp = false });
        _ = _cloud.Update(router, new RouterRequest { Distributed = kind.Distributed, Ha = kind.Ha });
        return _cloud.Update(router, new RouterRequest { AdminStateUp = true });
    }

    private Router Prepare(Router router, RouterKind kind) => RouterMigration.Prepare(_cloud.Edit, router.Id, kind, _cloud.Settings);

    private Router Switch(Router router, RouterKind kind) => RouterMigration.Switch(_cloud.Edit, router.Id, kind, _cloud.Settings);

    private Router Finish(Router router, RouterKind kind) => RouterMigration.Finish(_cloud.Edit, router.Id, kind, _cloud.Settings);

    private Router StepBack(Router router) => RouterMigration.StepBack(_cloud.Edit, router.Id, _cloud.Settings);

    private Router Now(Router router) => _cloud.Now.Routers[router.Id];

    private string Owner(Router router) => RouterPorts.Interfaces(_cloud.Now, router.Id).Single().DeviceOwner;

    private static IEnumerable<string> Hosts(Router router) => router.GatewayBindings.Select(b => b.Host);
}

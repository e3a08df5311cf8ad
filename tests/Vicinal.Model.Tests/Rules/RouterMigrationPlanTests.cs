using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Rules;

public sealed class RouterMigrationPlanTests
{
    private static readonly RouterKind s_central = new(Distributed: false, Ha: false);
    private static readonly RouterKind s_distributed = new(Distributed: true, Ha: false);
    private static readonly RouterKind s_distributedHa = new(Distributed: true, Ha: true);

    private readonly L3Cloud _cloud = new();
    private readonly Dictionary<string, NodePresence> _presence = new(StringComparer.Ordinal);

    [Fact]
    public void The_nodes_of_each_flow_are_told_as_they_are_and_as_they_will_be()
    {
        Router router = Centralized("c1", "c2");
        RouterMigrationPlan plan = Plan(router, s_distributed);
        plan.Blockers.ShouldBeEmpty();
        plan.Breaks.ShouldBeEmpty();
        Ways(plan).ShouldBe(
        [
            "east-west, two nodes: c1 → g1 → c2, then c1 → c2",
            "east-west, one node: c1 → g1 → c1, then c1",
            "the router's own address: c1 → g1, then c1",
            "floating IP: c1 → g1 → outside, then c1 → outside",
            "IPv4 without a floating IP (source NAT): c1 → g1 → outside, then c1 → g1 → outside",
            "IPv6 to and from outside: c1 → g1 → outside, then c1 → g1 → outside",
        ]);
        plan.Changes.ShouldBe(["the router becomes distributed, not HA", "floating IPs of ports on c1 leave the gateway for these nodes"]);
    }

    [Fact]
    public void What_a_node_cannot_do_is_told_of_that_node()
    {
        Router router = Centralized("c1", "c2");
        _ = _cloud.Agent("c1", AgentModes.Dvr);
        _ = _cloud.Agent("c2", AgentModes.Legacy, "physnet1");
        RouterMigrationPlan plan = Plan(router, s_distributed);
        plan.Blockers.ShouldBeEmpty();
        Ways(plan).ShouldContain("east-west, two nodes, from c1: c1 → g1 → c2, then c1 → c2");
        Ways(plan).ShouldContain("east-west, two nodes, from c2: c2 → g1 → c1, then c2 → g1 → c1");
        Ways(plan).ShouldContain("floating IP: c1 → g1 → outside, then c1 → g1 → outside");
        plan.Changes.ShouldContain("floating IPs of ports on c1 (no bridge mapping to the external network) are at the gateway");
    }

    [Fact]
    public void Nodes_that_come_and_go_and_what_is_noticed_of_it_are_named()
    {
        Router router = Centralized("c1");
        _ = _cloud.Agent("g2", AgentModes.DvrSnat, "physnet1");
        _ = _cloud.Agent("g3", AgentModes.DvrSnat, "physnet1");
        RouterMigrationPlan more = Plan(router, s_distributedHa);
        more.Changes.ShouldContain("g2, g3 become gateway nodes of it");
        more.Breaks.ShouldBeEmpty();

        Do(router, s_distributedHa);
        RouterMigrationPlan less = Plan(router, s_distributed, serving: "g2");
        less.Changes.ShouldContain("g1, g3 are gateway nodes of it no longer");
        less.Breaks.ShouldBe(["no other node stands by for g2"]);
    }

    [Fact]
    public void A_gateway_that_has_to_move_is_said_to()
    {
        _ = _cloud.Agent("l1", AgentModes.Legacy, "physnet1");
        Router router = Centralized("c1", gateways: []);
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        RouterMigrationPlan plan = Plan(router, s_distributed);
        plan.Changes.ShouldContain("g1 becomes a gateway node of it");
        plan.Changes.ShouldContain("l1 is a gateway node of it no longer");
        plan.Breaks.ShouldBe(["the gateway goes from l1 to g1: what passes it may stop for some milliseconds"]);
        Ways(plan).ShouldContain("IPv4 without a floating IP (source NAT): c1 → l1 → outside, then c1 → g1 → outside");
    }

    [Fact]
    public void Without_a_node_for_the_new_kind_the_plan_is_blocked_in_neutrons_words()
    {
        _ = _cloud.Agent("l1", AgentModes.Legacy, "physnet1");
        Router router = Centralized("c1", gateways: []);
        Plan(router, s_distributed).Blockers.ShouldBe([$"Failed rescheduling router {router.Id}: no eligible l3 agent found."]);
        _cloud.Settings = CloudSettings.Default with { EnableDvr = false };
        Plan(router, s_distributed).Blockers.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_dead_node_that_the_steps_would_wait_for_is_in_the_way()
    {
        Router router = Centralized("c1", "c2");
        _presence["c2"] = NodePresence.Silent;
        Plan(router, s_distributed).Blockers.ShouldBeEmpty();
        _presence["c2"] = NodePresence.Lost;
        Plan(router, s_distributed).Blockers.ShouldBe(["the agent of c2 is down: start it, or delete it if the node is gone for good"]);
    }

    [Fact]
    public void Half_way_the_plan_tells_what_is_left_and_the_way_back()
    {
        Router router = Centralized("c1");
        _ = RouterMigration.Prepare(_cloud.Edit, router.Id, s_distributed, _cloud.Settings);
        Topology prepared = _cloud.Now;
        Plan(router, s_distributed).Changes.ShouldContain("the router becomes distributed, not HA");
        Plan(router, s_central).Changes.ShouldBeEmpty();
        _ = RouterMigration.Switch(_cloud.Edit, router.Id, s_distributed, _cloud.Settings);
        Plan(router, s_distributed).Changes.ShouldBeEmpty();
        Plan(router, s_central).Changes.ShouldContain("the router becomes centralized, not HA");
        Plan(router, s_central).Blockers.ShouldBeEmpty();
        Plan(router, s_distributedHa).Blockers.ShouldHaveSingleItem().ShouldContain("is being migrated");
        _cloud.Now.ShouldNotBeSameAs(prepared);
    }

    [Fact]
    public void Nothing_to_do_is_an_empty_plan_and_planning_changes_nothing()
    {
        Router router = Centralized("c1");
        int changes = _cloud.Edit.Changes.Count;
        RouterMigrationPlan plan = Plan(router, s_central);
        (plan.Changes.IsEmpty, plan.Breaks.IsEmpty, plan.Blockers.IsEmpty).ShouldBe((true, true, true));
        plan.Flows.ShouldAllBe(flow => flow.Now == flow.Then);
        _ = Plan(router, s_distributedHa);
        _cloud.Edit.Changes.Count.ShouldBe(changes);
    }

    private static List<string> Ways(RouterMigrationPlan plan) => [.. plan.Flows.Select(static flow => $"{flow.Flow}: {flow.Now}, then {flow.Then}")];

    private RouterMigrationPlan Plan(Router router, RouterKind target, string? serving = null) => RouterMigrationPlan.Of(
        _cloud.Now, _cloud.Now.Routers[router.Id], target, _cloud.Settings, serving, host => _presence.GetValueOrDefault(host, NodePresence.Present));

    private void Do(Router router, RouterKind target)
    {
        _ = RouterMigration.Prepare(_cloud.Edit, router.Id, target, _cloud.Settings);
        _ = RouterMigration.Switch(_cloud.Edit, router.Id, target, _cloud.Settings);
        _ = RouterMigration.Finish(_cloud.Edit, router.Id, target, _cloud.Settings);
    }

    private Router Centralized(string compute) => Centralized(compute, [], ["g1"]);

    private Router Centralized(string compute, string other) => Centralized(compute, [other], ["g1"]);

    private Router Centralized(string compute, string[] gateways) => Centralized(compute, [], gateways);

    /// <summary>A centralized router with two networks of both families, an instance on each compute, and a floating IP on the first.</summary>
    private Router Centralized(string compute, string[] others, string[] gateways)
    {
        foreach (string host in gateways)
        {
            _ = _cloud.Agent(host, AgentModes.DvrSnat, "physnet1");
        }

        foreach (string host in (string[])[compute, .. others])
        {
            _ = _cloud.Agent(host, AgentModes.Dvr, "physnet1");
        }

        (Router router, Network external, Subnet subnet, Port instance) = _cloud.Routed();
        router = _cloud.Edit.Put(router with { Distributed = false, Ha = false });
        router = GatewayScheduling.Schedule(_cloud.Edit, router, _cloud.Settings);
        Network second = _cloud.Network();
        Subnet inner = _cloud.Subnet(second, "2001:db8:1::/64");
        _ = _cloud.Join(router, inner);
        _ = _cloud.Edit.Put(instance with { BindingHostId = compute });
        foreach (string host in others)
        {
            _ = _cloud.Edit.Put(_cloud.Port(second, L3Cloud.Project, (inner, "2001:db8:1::" + host[1..])) with { BindingHostId = host });
        }

        _ = subnet;
        _ = _cloud.FloatingIp(external, instance.Id);
        return _cloud.Now.Routers[router.Id];
    }
}

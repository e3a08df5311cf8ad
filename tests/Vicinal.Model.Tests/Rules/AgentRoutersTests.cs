using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Rules;

public sealed class AgentRoutersTests
{
    private readonly L3Cloud _cloud = new();
    private readonly Network _external;

    public AgentRoutersTests()
    {
        _external = _cloud.Network(external: true, physical: "physnet1");
        _ = _cloud.Subnet(_external, "203.0.113.0/24");
    }

    [Fact]
    public void A_router_is_taken_off_one_agent_and_put_on_another()
    {
        Agent g1 = Gateway("g1");
        Router router = Gatewayed(ha: false);
        Agent g2 = Gateway("g2");
        AgentRouters.Remove(_cloud.Edit, g1.Id, router.Id);
        Hosts(router).ShouldBeEmpty("the scheduler does not fill what the operator empties");
        _ = Gateway("g3");
        Hosts(router).ShouldBeEmpty();
        AgentRouters.Add(_cloud.Edit, g2.Id, router.Id, _cloud.Settings);
        Hosts(router).ShouldBe(["g2"]);
        Now(router).Schedule.ShouldBe(3u);
    }

    [Fact]
    public void What_the_operator_chose_is_kept_and_replaced_when_it_fails()
    {
        Agent g1 = Gateway("g1");
        Agent g2 = Gateway("g2");
        Router router = Gatewayed(ha: true);
        AgentRouters.Remove(_cloud.Edit, g2.Id, router.Id);
        _ = Gateway("g3");
        _ = _cloud.SetGateway(router, _external);
        Hosts(router).ShouldBe(["g1"], "one node is what the operator left");
        _ = AgentRules.Update(_cloud.Edit, g1.Id, adminStateUp: false, description: null, _cloud.Settings);
        Hosts(router).Count().ShouldBe(1);
        Hosts(router).ShouldNotContain("g1");
    }

    [Fact]
    public void A_change_of_kind_gives_the_choice_back_to_the_scheduler()
    {
        Agent g1 = Gateway("g1");
        _ = Gateway("g2");
        Router router = Gatewayed(ha: true);
        AgentRouters.Remove(_cloud.Edit, g1.Id, router.Id);
        _ = _cloud.Update(router, new RouterRequest { AdminStateUp = false });
        _ = _cloud.Update(router, new RouterRequest { Distributed = false });
        Hosts(router).ShouldBe(["g2", "g1"]);
    }

    [Fact]
    public void An_ha_router_may_have_more_agents_than_the_settings_say_but_no_more_than_five()
    {
        Agent[] agents = [.. Enumerable.Range(1, 6).Select(i => Gateway($"g{i}"))];
        Router router = Gatewayed(ha: true);
        Agent[] others = [.. agents.Where(agent => !Hosts(router).Contains(agent.Host))];
        AgentRouters.Add(_cloud.Edit, others[0].Id, router.Id, _cloud.Settings);
        AgentRouters.Add(_cloud.Edit, others[1].Id, router.Id, _cloud.Settings);
        Hosts(router).Count().ShouldBe(5);
        Hosts(router).Skip(3).ShouldBe([others[0].Host, others[1].Host]);
        Action sixth = () => AgentRouters.Add(_cloud.Edit, others[2].Id, router.Id, _cloud.Settings);
        sixth.ShouldBeRefused(409, "RouterSchedulingFailed",
            $"Failed scheduling router {router.Id} to the L3 Agent {others[2].Id}. (a router has at most 5 gateway nodes)");
    }

    [Fact]
    public void A_router_that_needs_no_node_yet_keeps_the_one_it_was_given()
    {
        Agent g1 = Gateway("g1");
        _ = Gateway("g2");
        Router router = _cloud.Router(new RouterRequest { Distributed = false, Ha = false, AvailabilityZoneHints = ["nova"] });
        AgentRouters.Add(_cloud.Edit, g1.Id, router.Id, _cloud.Settings);
        _ = _cloud.Join(router, _cloud.Subnet(_cloud.Network(), "10.1.0.0/24"));
        Hosts(router).ShouldBe(["g1"]);
    }

    [Fact]
    public void To_put_it_where_it_is_and_to_take_it_off_where_it_is_not_changes_nothing()
    {
        Agent g1 = Gateway("g1");
        Router router = Gatewayed(ha: false);
        Agent g2 = Gateway("g2");
        _cloud.Commit();
        AgentRouters.Add(_cloud.Edit, g1.Id, router.Id, _cloud.Settings);
        AgentRouters.Remove(_cloud.Edit, g2.Id, router.Id);
        _cloud.Edit.Changes.ShouldBeEmpty();
    }

    [Fact]
    public void Neutrons_refusals()
    {
        Agent g1 = Gateway("g1");
        Agent g2 = Gateway("g2");
        Agent legacy = _cloud.Agent("l1", AgentModes.Legacy, "physnet1");
        Agent elsewhere = _cloud.Agent("g9", AgentModes.DvrSnat, "physnet9");
        Router router = Gatewayed(ha: false);
        Agent holder = Hosts(router).Single() == "g1" ? g1 : g2;
        Agent other = holder == g1 ? g2 : g1;
        Refused(other, router.Id, 409, "RouterHostedByL3Agent", $"The router {router.Id} has been already hosted by the L3 Agent {holder.Id}.");
        Refused(legacy, router.Id, 409, "RouterL3AgentMismatch", $"Cannot host distributed router {router.Id} on legacy L3 agent {legacy.Id}.");
        foreach (string mode in (string[])[AgentModes.Dvr, AgentModes.DvrNoExternal])
        {
            Agent compute = _cloud.Agent("c1", mode, "physnet1");
            Refused(compute, router.Id, 409, "DVRL3CannotAssignToDvrAgent", "Not allowed to manually assign a router to an agent in 'dvr' mode.");
            Action remove = () => AgentRouters.Remove(_cloud.Edit, compute.Id, router.Id);
            remove.ShouldBeRefused(409, "DVRL3CannotRemoveFromDvrAgent", "Not allowed to manually remove a router from an agent in 'dvr' mode.");
        }

        AgentRouters.Remove(_cloud.Edit, holder.Id, router.Id);
        Refused(elsewhere, router.Id, 409, "RouterSchedulingFailed",
            $"Failed scheduling router {router.Id} to the L3 Agent {elsewhere.Id}. (g9 has no bridge mapping for physnet1)");
        Agent disabled = AgentRules.Update(_cloud.Edit, other.Id, adminStateUp: false, description: null, _cloud.Settings);
        Refused(disabled, router.Id, 404, "InvalidL3Agent", $"Agent {disabled.Id} is not a L3 Agent or has been disabled");
        Guid nothing = _cloud.NewId();
        Refused(holder, nothing, 404, "RouterNotFound", $"Router {nothing} could not be found");
        Refused(holder with { Id = nothing }, router.Id, 404, "AgentNotFound", $"Agent {nothing} could not be found.");
        Action removeNothing = () => AgentRouters.Remove(_cloud.Edit, holder.Id, nothing);
        removeNothing.ShouldBeRefused(404, "RouterNotFound", $"Router {nothing} could not be found");
    }

    private void Refused(Agent agent, Guid router, int status, string type, string message)
    {
        Action add = () => AgentRouters.Add(_cloud.Edit, agent.Id, router, _cloud.Settings);
        add.ShouldBeRefused(status, type, message);
    }

    private Agent Gateway(string host) => _cloud.Agent(host, AgentModes.DvrSnat, "physnet1");

    private Router Gatewayed(bool ha) => _cloud.SetGateway(_cloud.Router(new RouterRequest { Ha = ha }), _external);

    private Router Now(Router router) => _cloud.Now.Routers[router.Id];

    private IEnumerable<string> Hosts(Router router) => Now(router).GatewayBindings.Select(b => b.Host);
}

using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

public sealed class AgentApiTests : IAsyncLifetime
{
    private readonly ApiCloud _cloud = new();

    public ValueTask InitializeAsync() => _cloud.InitializeAsync();

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task A_node_is_shown_as_neutron_shows_its_l3_agent()
    {
        JsonObject agent = (await _cloud.ListAsync("agents", "?host=c1")).ShouldHaveSingleItem()!.AsObject();
        agent.Text("agent_type").ShouldBe("L3 agent");
        agent.Text("binary").ShouldBe("neutron-l3-agent");
        agent["alive"]!.GetValue<bool>().ShouldBeTrue();
        agent["admin_state_up"]!.GetValue<bool>().ShouldBeTrue();
        agent.Text("availability_zone").ShouldBe("nova");
        agent["configurations"]!.Text("agent_mode").ShouldBe("dvr_snat");
        agent["configurations"]!.Text("tunneling_ip").ShouldBe("192.0.2.1");
        agent["configurations"]!["bridge_mappings"]!.Text("physnet1").ShouldBe("eth1");
        agent.Text("heartbeat_timestamp").ShouldMatch(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$");
        (await _cloud.ListAsync("agents", "?alive=False")).ShouldBeEmpty();
        (await _cloud.ListAsync("agents", "?agent_type=L3%20agent&alive=true")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_agent_is_disabled_described_and_deleted_but_not_made()
    {
        string path = $"/v2.0/agents/{(await _cloud.ListAsync("agents", "?host=c2"))[0]!.Text("id")}";
        ApiAnswer changed = await _cloud.PutAsync(path, """{"agent": {"admin_state_up": false, "description": "down for repair"}}""");
        changed.Json["agent"]!["admin_state_up"]!.GetValue<bool>().ShouldBeFalse();
        changed.Json["agent"]!.Text("description").ShouldBe("down for repair");
        (await _cloud.PutAsync(path, """{"agent": {"alive": true}}""")).ShouldRefuse(
            400, "HTTPBadRequest", "Cannot update read-only attribute alive");
        ApiAnswer made = await _cloud.PostAsync("/v2.0/agents", """{"agent": {}}""");
        made.ShouldRefuse(400, "HTTPBadRequest", "Unrecognized attribute(s) 'project_id, tenant_id'");
        (await _cloud.DeleteAsync(path)).Status.ShouldBe(204);
        (await _cloud.GetAsync(path)).Type.ShouldBe("AgentNotFound");
    }

    [Fact]
    public async Task Nodes_are_the_operators_business()
    {
        ApiAnswer answer = await _cloud.GetAsync("/v2.0/agents", project: "p1");
        (answer.Status, answer.Type).ShouldBe((403, "PolicyNotAuthorized"));
    }
}

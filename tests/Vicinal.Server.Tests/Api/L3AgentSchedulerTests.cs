using System.Text.Json.Nodes;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Protocol.Gateways;

namespace Vicinal.Server.Tests.Api;

/// <summary>Which agents have which routers, by hand and by themselves, as Neutron's l3_agent_scheduler shows and refuses it.</summary>
public sealed class L3AgentSchedulerTests : IAsyncLifetime
{
    private readonly ApiCloud _cloud = new() { Settings = CloudSettings.Default with { RouterDistributed = false, RouterHa = false } };

    public async ValueTask InitializeAsync()
    {
        await _cloud.InitializeAsync();
        await ReportAsync("l1", AgentModes.Legacy);
        await ReportAsync("d1", AgentModes.Dvr);
    }

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task A_router_moves_from_one_agent_to_another()
    {
        JsonObject router = await RoutedAsync("{}");
        string first = (await HostsAsync(router)).ShouldHaveSingleItem().Host;
        string second = new[] { "c1", "c2", "l1" }.First(host => host != first);
        ApiAnswer removed = await _cloud.DeleteAsync($"{RoutersOf(first)}/{router.Text("id")}");
        (removed.Status, removed.Text).ShouldBe((204, ""));
        (await HostsAsync(router)).ShouldBeEmpty();
        ApiAnswer added = await AddAsync(second, router.Text("id"));
        (added.Status, added.Text).ShouldBe((201, "null"));
        (await HostsAsync(router)).ShouldBe([(second, "active")]);
        (await _cloud.GetAsync(RoutersOf(second))).Json["routers"]!.AsArray().Column("id").ShouldBe([router.Text("id")]);
        (await AddAsync(second, router.Text("id"))).Status.ShouldBe(201);
        (await _cloud.DeleteAsync($"{RoutersOf(first)}/{router.Text("id")}")).Status.ShouldBe(204, "as in Neutron");
    }

    [Fact]
    public async Task The_states_of_an_ha_router_are_what_its_nodes_say()
    {
        JsonObject router = await RoutedAsync("""{"ha": true}""");
        Guid id = Guid.Parse(router.Text("id"));
        List<string> hosts = [.. (await HostsAsync(router)).Select(h => h.Host)];
        hosts.Order().ShouldBe(["c1", "c2", "l1"]);
        (await HostsAsync(router)).Select(h => h.State).ShouldBe(["active", "standby", "standby"], "nobody has said anything: the first one serves");
        _cloud.Roles[(id, hosts[0])] = GatewayRole.Standby;
        _cloud.Roles[(id, hosts[1])] = GatewayRole.Active;
        _cloud.Roles[(id, hosts[2])] = GatewayRole.None;
        (await HostsAsync(router)).Select(h => h.State).ShouldBe(["standby", "active", "unknown"]);
        _cloud.Silent.Add(hosts[1]);
        (await HostsAsync(router)).Select(h => h.State).ShouldBe(["standby", "unknown", "unknown"]);
    }

    [Fact]
    public async Task A_disabled_agent_is_drained_and_gets_nothing_back()
    {
        JsonObject router = await RoutedAsync("{}");
        string first = (await HostsAsync(router)).ShouldHaveSingleItem().Host;
        string path = $"/v2.0/agents/{IdOf(first)}";
        (await _cloud.PutAsync(path, """{"agent": {"admin_state_up": false}}""")).Status.ShouldBe(200);
        string second = (await HostsAsync(router)).ShouldHaveSingleItem().Host;
        second.ShouldNotBe(first);
        (await AddAsync(first, router.Text("id"))).ShouldRefuse(
            404, "InvalidL3Agent", $"Agent {IdOf(first)} is not a L3 Agent or has been disabled");
        (await _cloud.PutAsync(path, """{"agent": {"admin_state_up": true}}""")).Status.ShouldBe(200);
        (await HostsAsync(router)).ShouldBe([(second, "active")]);
    }

    [Fact]
    public async Task What_neutron_refuses_is_refused_in_its_words()
    {
        JsonObject router = await RoutedAsync("{}");
        string id = router.Text("id");
        string first = (await HostsAsync(router)).ShouldHaveSingleItem().Host;
        string second = new[] { "c1", "c2", "l1" }.First(host => host != first);
        string distributed = (await _cloud.CreateAsync("router", """{"distributed": true}""")).Text("id");
        string unknown = Guid.NewGuid().ToString();
        (await AddAsync(second, id)).ShouldRefuse(
            409, "RouterHostedByL3Agent", $"The router {id} has been already hosted by the L3 Agent {IdOf(first)}.");
        (await AddAsync("d1", distributed)).ShouldRefuse(
            409, "DVRL3CannotAssignToDvrAgent", "Not allowed to manually assign a router to an agent in 'dvr' mode.");
        (await _cloud.DeleteAsync($"{RoutersOf("d1")}/{distributed}")).ShouldRefuse(
            409, "DVRL3CannotRemoveFromDvrAgent", "Not allowed to manually remove a router from an agent in 'dvr' mode.");
        (await AddAsync("l1", distributed)).ShouldRefuse(
            409, "RouterL3AgentMismatch", $"Cannot host distributed router {distributed} on legacy L3 agent {IdOf("l1")}.");
        (await AddAsync("c1", unknown)).ShouldRefuse(404, "RouterNotFound", $"Router {unknown} could not be found");
        (await AddAsync("c1", "x")).ShouldRefuse(404, "RouterNotFound", "Router x could not be found");
        (await _cloud.PostAsync(RoutersOf("c1"), "{}")).ShouldRefuse(400, "HTTPBadRequest", "Invalid input for router_id. Reason: it is not given.");
        (await _cloud.PostAsync($"/v2.0/agents/{unknown}/l3-routers", $$"""{"router_id": "{{id}}"}""")).ShouldRefuse(
            404, "AgentNotFound", $"Agent {unknown} could not be found.");
        (await _cloud.DeleteAsync($"/v2.0/agents/{unknown}/l3-routers/{id}")).Status.ShouldBe(404);
        (await _cloud.DeleteAsync($"{RoutersOf(first)}/{unknown}")).ShouldRefuse(404, "RouterNotFound", $"Router {unknown} could not be found");
        (await AddAsync("c1", distributed)).Status.ShouldBe(201, "a dvr_snat agent takes both kinds");
    }

    [Fact]
    public async Task Users_neither_see_nor_change_who_has_a_router()
    {
        JsonObject router = await _cloud.CreateAsync("router", "{}", project: "p1");
        ApiAnswer[] answers =
        [
            await _cloud.GetAsync($"/v2.0/routers/{router.Text("id")}/l3-agents", project: "p1"),
            await _cloud.GetAsync(RoutersOf("c1"), project: "p1"),
            await _cloud.PostAsync(RoutersOf("c1"), $$"""{"router_id": "{{router.Text("id")}}"}""", project: "p1"),
            await _cloud.DeleteAsync($"{RoutersOf("c1")}/{router.Text("id")}", project: "p1"),
        ];
        answers.ShouldAllBe(answer => answer.Status == 403 && answer.Type == "PolicyNotAuthorized");
    }

    [Fact]
    public async Task An_agent_tells_its_mode_and_how_much_it_has_to_do()
    {
        JsonObject network = await _cloud.CreateAsync("network", "{}");
        JsonObject subnet = await _cloud.SubnetAsync(network, "10.50.0.0/24");
        JsonObject router = await _cloud.CreateAsync("router", """{"distributed": true}""");
        _ = await _cloud.JoinAsync(router, subnet);
        (JsonObject external, _) = await _cloud.ExternalAsync();
        _ = await _cloud.PutAsync(
            $"/v2.0/routers/{router.Text("id")}", $$$$"""{"router": {"external_gateway_info": {"network_id": "{{{{external.Text("id")}}}}"}}}""");
        foreach (string host in (string[])["c1", "c2", "d1", "l1"])
        {
            JsonObject port = await _cloud.CreateAsync("port", $$"""{"network_id": "{{network.Text("id")}}", "binding:host_id": "{{host}}"}""");
            _ = await _cloud.CreateAsync("floatingip", $$"""{"floating_network_id": "{{external.Text("id")}}", "port_id": "{{port.Text("id")}}"}""");
        }

        // c1 alone reaches the external network among those that serve gateways: it translates for c2 and l1 too.
        (await CountsAsync("c1")).ShouldBe(("dvr_snat", 1, 1, 1, 3));
        (await CountsAsync("c2")).ShouldBe(("dvr_snat", 1, 1, 1, 0));
        (await CountsAsync("d1")).ShouldBe(("dvr", 1, 1, 1, 1));
        (await CountsAsync("l1")).ShouldBe(("legacy", 0, 0, 0, 0));
    }

    [Fact]
    public async Task Zones_are_those_of_the_agents()
    {
        await _cloud.ReportAgentAsync(new AgentReport { Host = "z1", Mode = AgentModes.DvrSnat, AvailabilityZone = "az2" });
        _ = await _cloud.PutAsync($"/v2.0/agents/{IdOf("z1")}", """{"agent": {"admin_state_up": false}}""");
        (await _cloud.GetAsync("/v2.0/availability_zones", project: "p1")).Json.ToJsonString().ShouldBe(
            """{"availability_zones":[{"name":"az2","resource":"router","state":"unavailable"},{"name":"nova","resource":"router","state":"available"}]}""");
        (await _cloud.GetAsync("/v2.0/availability_zones?state=available&resource=router&fields=name")).Json.ToJsonString()
            .ShouldBe("""{"availability_zones":[{"name":"nova"}]}""");
        (await _cloud.GetAsync("/v2.0/availability_zones?nonsense=1")).ShouldRefuse(
            400, "HTTPBadRequest", "['nonsense'] is invalid attribute for filtering");
        (await _cloud.PostAsync("/v2.0/routers", """{"router": {"availability_zone_hints": ["az3"]}}""")).ShouldRefuse(
            404, "AvailabilityZoneNotFound", "AvailabilityZone az3 could not be found.");
    }

    private async Task<(string, int, int, int, int)> CountsAsync(string host)
    {
        JsonNode shown = (await _cloud.GetAsync($"/v2.0/agents/{IdOf(host)}")).Json["agent"]!["configurations"]!;
        return (shown.Text("agent_mode"), Number("routers"), Number("ex_gw_ports"), Number("interfaces"), Number("floating_ips"));

        int Number(string name) => shown[name]!.GetValue<int>();
    }

    /// <summary>A router with one internal network, and so with something to be scheduled.</summary>
    private async Task<JsonObject> RoutedAsync(string body)
    {
        JsonObject router = await _cloud.CreateAsync("router", body);
        _ = await _cloud.JoinAsync(router, await _cloud.SubnetAsync(await _cloud.CreateAsync("network", "{}"), "10.50.0.0/24"));
        return router;
    }

    private async Task<(string Host, string? State)[]> HostsAsync(JsonObject router) =>
        [.. (await _cloud.GetAsync($"/v2.0/routers/{router.Text("id")}/l3-agents")).Json["agents"]!.AsArray()
            .Select(agent => (agent!.Text("host"), agent!["ha_state"]?.GetValue<string>()))];

    private Task<ApiAnswer> AddAsync(string host, string router) => _cloud.PostAsync(RoutersOf(host), $$"""{"router_id": "{{router}}"}""");

    private string RoutersOf(string host) => $"/v2.0/agents/{IdOf(host)}/l3-routers";

    private Guid IdOf(string host) => _cloud.Writer.Current.AgentsByHost[host];

    private Task ReportAsync(string host, string mode) => _cloud.ReportAgentAsync(new AgentReport
    {
        Host = host,
        Mode = mode,
        TunnelAddress = IpAddress.Parse("192.0.2.7"),
        BridgeMappings = [new BridgeMapping("physnet1", "eth1")],
    });
}

using System.Text.Json.Nodes;
using Vicinal.Model.Rules;

namespace Vicinal.Server.Tests.Api;

public sealed class RouterApiTests : IAsyncLifetime
{
    private readonly ApiCloud _cloud = new();

    public ValueTask InitializeAsync() => _cloud.InitializeAsync();

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task A_router_is_made_shown_changed_and_deleted()
    {
        JsonObject router = await _cloud.CreateAsync("router", """{"name": "r1"}""");
        router.Select(p => p.Key).Order().ShouldBe(
        [
            "admin_state_up", "availability_zone_hints", "availability_zones", "created_at", "description", "distributed",
            "external_gateway_info", "flavor_id", "ha", "id", "name", "project_id", "revision_number", "routes", "status", "tags",
            "tenant_id", "updated_at",
        ]);
        router["distributed"]!.GetValue<bool>().ShouldBeTrue();
        router["ha"]!.GetValue<bool>().ShouldBeTrue();
        router["external_gateway_info"].ShouldBeNull();
        router.Text("status").ShouldBe("ACTIVE");
        string path = $"/v2.0/routers/{router.Text("id")}";
        ApiAnswer changed = await _cloud.PutAsync(path, """{"router": {"name": "r2", "admin_state_up": false}}""");
        changed.Json["router"]!.Text("name").ShouldBe("r2");
        (await _cloud.DeleteAsync(path)).Status.ShouldBe(204);
        (await _cloud.GetAsync(path)).ShouldRefuse(404, "RouterNotFound", $"Router {router.Text("id")} could not be found");
    }

    [Fact]
    public async Task A_gateway_is_shown_with_its_addresses_and_where_it_is_served()
    {
        (JsonObject external, JsonObject subnet) = await _cloud.ExternalAsync();
        JsonObject router = await _cloud.CreateAsync(
            "router", $$$"""{"external_gateway_info": {"network_id": "{{{external.Text("id")}}}"}}""");
        JsonObject gateway = router["external_gateway_info"]!.AsObject();
        gateway.Text("network_id").ShouldBe(external.Text("id"));
        gateway["enable_snat"]!.GetValue<bool>().ShouldBeTrue();
        JsonNode address = gateway["external_fixed_ips"]!.AsArray().ShouldHaveSingleItem()!;
        address.Text("subnet_id").ShouldBe(subnet.Text("id"));
        address.Text("ip_address").ShouldStartWith("203.0.113.");
        router["availability_zones"]!.AsArray().Select(z => z!.GetValue<string>()).ShouldBe(["nova"]);
        JsonArray ports = await _cloud.ListAsync("ports", $"?device_owner=network:router_gateway&device_id={router.Text("id")}");
        ports.ShouldHaveSingleItem()!.Text("project_id").ShouldBe("");
        foreach (string clear in new[] { "null", "{}" })
        {
            ApiAnswer cleared = await _cloud.PutAsync(
                $"/v2.0/routers/{router.Text("id")}", $$$"""{"router": {"external_gateway_info": {{{clear}}}}}""");
            cleared.Json["router"]!["external_gateway_info"].ShouldBeNull();
        }
    }

    [Fact]
    public async Task Interfaces_come_and_go()
    {
        JsonObject router = await _cloud.CreateAsync("router", "{}");
        JsonObject network = await _cloud.CreateAsync("network", "{}");
        JsonObject subnet = await _cloud.SubnetAsync(network, "10.50.0.0/24");
        JsonObject answer = await _cloud.JoinAsync(router, subnet);
        answer.Select(p => p.Key).Order().ShouldBe(["id", "network_id", "port_id", "project_id", "subnet_id", "subnet_ids", "tenant_id"]);
        answer.Text("id").ShouldBe(router.Text("id"));
        answer.Text("network_id").ShouldBe(network.Text("id"));
        answer["subnet_ids"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldBe(subnet.Text("id"));
        (await _cloud.DeleteAsync($"/v2.0/ports/{answer.Text("port_id")}")).ShouldRefuse(409, "ServicePortInUse",
            $"Port {answer.Text("port_id")} cannot be deleted directly via the port API: has device owner network:router_interface_distributed.");
        (await _cloud.DeleteAsync($"/v2.0/routers/{router.Text("id")}")).ShouldRefuse(409, "RouterInUse",
            $"Router {router.Text("id")} has ports still attached: {answer.Text("port_id")}");
        (await _cloud.ShowAsync("router", router))["revision_number"]!.GetValue<int>().ShouldBe(2);
        ApiAnswer removed = await _cloud.PutAsync(
            $"/v2.0/routers/{router.Text("id")}/remove_router_interface", $$"""{"subnet_id": "{{subnet.Text("id")}}"}""");
        removed.Json.Text("port_id").ShouldBe(answer.Text("port_id"));
        (await _cloud.DeleteAsync($"/v2.0/routers/{router.Text("id")}")).Status.ShouldBe(204);
    }

    [Fact]
    public async Task Bad_interface_bodies_are_named()
    {
        JsonObject router = await _cloud.CreateAsync("router", "{}");
        (await _cloud.AddInterfaceAsync(router, "{}")).ShouldRefuse(
            400, "BadRequest", "Bad router request: Either subnet_id or port_id must be specified.");
        (await _cloud.AddInterfaceAsync(router, """{"subnet_id": "x"}""")).ShouldRefuse(
            400, "BadRequest", "Bad router request: 'x' is not a valid UUID.");
        (await _cloud.AddInterfaceAsync(router, """{"port_id": null}""")).ShouldRefuse(
            400, "BadRequest", "Bad router request: 'None' is not a valid UUID.");
        (await _cloud.AddInterfaceAsync(router, "[]")).Status.ShouldBe(400);
        string unknown = Guid.NewGuid().ToString();
        (await _cloud.AddInterfaceAsync(router, $$"""{"subnet_id": "{{unknown}}"}""")).ShouldRefuse(
            404, "SubnetNotFound", $"Subnet {unknown} could not be found.");
        (await _cloud.PutAsync($"/v2.0/routers/{unknown}/add_router_interface", $$"""{"subnet_id": "{{unknown}}"}""")).ShouldRefuse(
            404, "RouterNotFound", $"Router {unknown} could not be found");
    }

    [Theory]
    [InlineData("""{"router": {"distributed": false}}""", "Cannot change the 'distributed' attribute of active routers")]
    [InlineData("""{"router": {"distributed": false, "admin_state_up": false}}""", "Cannot change the 'distributed' attribute of active routers")]
    [InlineData("""{"router": {"ha": false}}""", "Cannot change HA attribute of active routers")]
    public async Task An_active_router_keeps_its_kind(string body, string text)
    {
        JsonObject router = await _cloud.CreateAsync("router", "{}");
        ApiAnswer answer = await _cloud.PutAsync($"/v2.0/routers/{router.Text("id")}", body);
        (answer.Status, answer.Type).ShouldBe((400, "BadRequest"));
        answer.Message.ShouldStartWith($"Bad router request: {text}. Please set router admin_state_up to False prior to upgrade. The steps are ");
    }

    [Theory]
    [InlineData("""{"router": {"distributed": "x"}}""", "InvalidInput", "Invalid input for operation: 'x' cannot be converted to boolean.")]
    [InlineData("""{"router": {"nonsense": 1}}""", "HTTPBadRequest", "Unrecognized attribute(s) 'nonsense'")]
    [InlineData("""{"router": {"routes": []}}""", "HTTPBadRequest", "Attribute 'routes' not allowed in POST")]
    [InlineData("""{"router": {"external_gateway_info": 5}}""", "HTTPBadRequest", "Invalid input for external_gateway_info. Reason: '5' is not a dictionary.")]
    [InlineData("""{"router": {"external_gateway_info": {"network_id": "abc"}}}""", "HTTPBadRequest", "Invalid input for external_gateway_info. Reason: 'abc' is not a valid UUID.")]
    [InlineData("""{"router": {"external_gateway_info": {"enable_snat": true}}}""", "HTTPBadRequest", "Invalid input for external_gateway_info. Reason: Validation of dictionary's keys failed. Expected keys: {'network_id'} Provided keys: {'enable_snat'}.")]
    public async Task Bad_bodies_are_named(string body, string type, string message) =>
        (await _cloud.PostAsync("/v2.0/routers", body)).ShouldRefuse(400, type, message);

    [Fact]
    public async Task Routes_are_replaced_added_and_removed()
    {
        JsonObject router = await _cloud.CreateAsync("router", "{}");
        _ = await _cloud.JoinAsync(router, await _cloud.SubnetAsync(await _cloud.CreateAsync("network", "{}"), "10.50.0.0/24"));
        string path = $"/v2.0/routers/{router.Text("id")}";
        (await _cloud.PutAsync(path, """{"router": {"routes": [{"destination": "x", "nexthop": "10.50.0.7"}]}}""")).ShouldRefuse(
            400, "HTTPBadRequest", "Invalid input for routes. Reason: 'x' is not a valid CIDR.");
        ApiAnswer set = await _cloud.PutAsync(path, """{"router": {"routes": [{"destination": "192.168.0.0/24", "nexthop": "10.50.0.7"}]}}""");
        set.Json["router"]!["routes"]!.ToJsonString().ShouldBe("""[{"destination":"192.168.0.0/24","nexthop":"10.50.0.7"}]""");
        const string Two = """
            {"router": {"routes": [{"destination": "192.168.0.0/24", "nexthop": "10.50.0.7"}, {"destination": "192.168.1.0/24", "nexthop": "10.50.0.8"}]}}
            """;
        ApiAnswer added = await _cloud.PutAsync($"{path}/add_extraroutes", Two);
        added.Json["router"]!["routes"]!.AsArray().Column("destination").ShouldBe(["192.168.0.0/24", "192.168.1.0/24"]);
        ApiAnswer removed = await _cloud.PutAsync(
            $"{path}/remove_extraroutes", """{"router": {"routes": [{"destination": "192.168.0.0/24", "nexthop": "10.50.0.7"}]}}""");
        removed.Json["router"]!["routes"]!.AsArray().Column("destination").ShouldBe(["192.168.1.0/24"]);
        (await _cloud.PutAsync($"{path}/add_extraroutes", "{}")).Status.ShouldBe(400);
        (await _cloud.PutAsync($"{path}/add_extraroutes", """{"router": {"routes": [{"destination": "10.9.0.0/24", "nexthop": "10.99.0.1"}]}}"""))
            .Type.ShouldBe("InvalidRoutes");
    }

    [Fact]
    public async Task Users_neither_see_nor_set_what_is_the_operator_s()
    {
        (JsonObject external, _) = await _cloud.ExternalAsync();
        JsonObject router = await _cloud.CreateAsync("router", "{}", project: "p1");
        router.ContainsKey("distributed").ShouldBeFalse();
        router.ContainsKey("ha").ShouldBeFalse();
        ApiAnswer kind = await _cloud.PostAsync("/v2.0/routers", """{"router": {"distributed": true}}""", project: "p1");
        (kind.Status, kind.Type).ShouldBe((403, "PolicyNotAuthorized"));
        string gateway = $$"""{"network_id": "{{external.Text("id")}}", "enable_snat": false}""";
        ApiAnswer snat = await _cloud.PutAsync(
            $"/v2.0/routers/{router.Text("id")}", $$$"""{"router": {"external_gateway_info": {{{gateway}}}}}""", project: "p1");
        (snat.Status, snat.Type).ShouldBe((403, "PolicyNotAuthorized"));
        ApiAnswer plain = await _cloud.PutAsync(
            $"/v2.0/routers/{router.Text("id")}",
            $$$$"""{"router": {"external_gateway_info": {"network_id": "{{{{external.Text("id")}}}}"}}}""",
            project: "p1");
        plain.Status.ShouldBe(200, plain.Text);
        (await _cloud.GetAsync($"/v2.0/routers/{router.Text("id")}", project: "p2")).Status.ShouldBe(404);
        (await _cloud.ListAsync("routers", project: "p2")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Lists_are_filtered_sorted_and_paged()
    {
        foreach (string name in new[] { "b", "a", "c" })
        {
            _ = await _cloud.CreateAsync("router", $$"""{"name": "{{name}}", "admin_state_up": {{(name == "a" ? "false" : "true")}}}""");
        }

        (await _cloud.ListAsync("routers", "?sort_key=name&sort_dir=desc&fields=name")).ToJsonString()
            .ShouldBe("""[{"name":"c"},{"name":"b"},{"name":"a"}]""");
        (await _cloud.ListAsync("routers", "?admin_state_up=False")).Column("name").ShouldBe(["a"]);
        JsonArray first = await _cloud.ListAsync("routers", "?sort_key=name&limit=2");
        first.Column("name").ShouldBe(["a", "b"]);
        (await _cloud.ListAsync("routers", $"?sort_key=name&limit=2&marker={first[1]!.Text("id")}")).Column("name").ShouldBe(["c"]);
        (await _cloud.GetAsync("/v2.0/routers?nonsense=1")).ShouldRefuse(
            400, "HTTPBadRequest", "['nonsense'] is invalid attribute for filtering");
    }

    [Fact]
    public async Task Where_dvr_is_off_distributed_takes_no_true_and_the_extension_is_not_listed()
    {
        await using ApiCloud off = new() { Settings = CloudSettings.Default with { EnableDvr = false } };
        await off.InitializeAsync();
        JsonObject router = await off.CreateAsync("router", "{}");
        router["distributed"]!.GetValue<bool>().ShouldBeFalse();
        (await off.PostAsync("/v2.0/routers", """{"router": {"distributed": true}}""")).ShouldRefuse(
            400, "HTTPBadRequest", "Unrecognized attribute(s) 'distributed'");
        (await off.PutAsync($"/v2.0/routers/{router.Text("id")}", """{"router": {"distributed": true}}""")).ShouldRefuse(
            400, "HTTPBadRequest", "Unrecognized attribute(s) 'distributed'");
        (await off.GetAsync("/v2.0/extensions/dvr")).Status.ShouldBe(404);
        (await _cloud.GetAsync("/v2.0/extensions/dvr")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Agents_tell_which_routers_they_serve_and_routers_by_which_agents()
    {
        (JsonObject external, _) = await _cloud.ExternalAsync();
        JsonObject router = await _cloud.CreateAsync(
            "router", $$$"""{"external_gateway_info": {"network_id": "{{{external.Text("id")}}}"}}""");
        JsonObject network = await _cloud.CreateAsync("network", "{}");
        _ = await _cloud.JoinAsync(router, await _cloud.SubnetAsync(network, "10.50.0.0/24"));
        _ = await _cloud.CreateAsync("port", $$"""{"network_id": "{{network.Text("id")}}", "binding:host_id": "c2"}""");
        JsonArray agents = (await _cloud.GetAsync($"/v2.0/routers/{router.Text("id")}/l3-agents")).Json["agents"]!.AsArray();
        agents.Select(a => (a!.Text("host"), a!["ha_state"]?.GetValue<string>())).ShouldBe([("c1", "active"), ("c2", null)]);
        foreach (JsonNode? agent in agents)
        {
            JsonArray routers = (await _cloud.GetAsync($"/v2.0/agents/{agent!.Text("id")}/l3-routers")).Json["routers"]!.AsArray();
            routers.Column("id").ShouldBe([router.Text("id")]);
        }

        string unknown = Guid.NewGuid().ToString();
        (await _cloud.GetAsync($"/v2.0/routers/{unknown}/l3-agents")).ShouldRefuse(404, "RouterNotFound", $"Router {unknown} could not be found");
        (await _cloud.GetAsync($"/v2.0/agents/{unknown}/l3-routers")).ShouldRefuse(404, "AgentNotFound", $"Agent {unknown} could not be found.");
        (await _cloud.GetAsync($"/v2.0/routers/{router.Text("id")}/l3-agents", project: "p1")).Status.ShouldBe(403);
    }
}

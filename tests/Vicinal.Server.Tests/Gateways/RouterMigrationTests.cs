using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Vicinal.Model.Resources;
using Vicinal.Protocol.Gateways;
using Vicinal.Server.Tests.Distribution;

namespace Vicinal.Server.Tests.Gateways;

/// <summary>/vicinal/v1/routers/{id}/migration.</summary>
public sealed class RouterMigrationTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private GatewayCloud _cloud = null!;

    public async ValueTask InitializeAsync()
    {
        _cloud = await GatewayCloud.StartAsync();
        await _cloud.ConnectAsync("g1", "g2", "c1");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _cloud.DisposeAsync();
    }

    [Fact]
    public async Task A_router_is_taken_step_by_step_and_every_step_is_waited_for_by_its_revision()
    {
        Router router = await CentralizedAsync();
        JsonObject plan = await StepAsync(router, "plan");
        ((string)plan["phase"]!).ShouldBe("none");
        plan["plan"]!["changes"]!.AsArray().Select(sentence => (string)sentence!).ShouldContain("the router becomes distributed, HA");
        plan["plan"]!["blockers"]!.AsArray().ShouldBeEmpty();
        _cloud.Topology.Routers[router.Id].ShouldBe(router);

        foreach ((string step, string phase) in ((string, string)[])[("prepare", "prepared"), ("switch", "switched"), ("finish", "none")])
        {
            JsonObject answer = await StepAsync(router, step);
            ((string)answer["phase"]!).ShouldBe(phase);
            ((string)(await _cloud.GetAsync($"/vicinal/v1/routers/{router.Id}/migration"))["phase"]!).ShouldBe(phase);
            JsonObject applied = await _cloud.GetAsync($"/vicinal/v1/revisions/{(long)answer["revision"]!}?wait=20");
            ((bool)applied["complete"]!).ShouldBeTrue();
        }

        Router after = _cloud.Topology.Routers[router.Id];
        (after.Distributed, after.Ha, after.GatewayBindings.Count).ShouldBe((true, true, 2));
        ((string)(await StepAsync(router, "plan"))["phase"]!).ShouldBe("none");
    }

    [Fact]
    public async Task It_may_be_taken_back_at_every_step()
    {
        Router router = await CentralizedAsync();
        _ = await StepAsync(router, "prepare");
        _ = await StepAsync(router, "switch");
        ((string)(await StepAsync(router, "abort"))["phase"]!).ShouldBe("prepared");
        ((string)(await StepAsync(router, "abort"))["phase"]!).ShouldBe("none");
        _cloud.Topology.Routers[router.Id].Kind.ShouldBe(router.Kind);
    }

    [Fact]
    public async Task Where_one_node_is_enough_the_one_that_serves_is_kept()
    {
        Router router = await _cloud.RouterAsync(ha: true);
        (string first, string second) = (router.GatewayBindings[0].Host, router.GatewayBindings[1].Host);
        _cloud.Tell(second, router.Id, GatewayRole.Active, 9);
        await Eventually.AsyncTrue(() => _cloud.Server.Distributor.Gateways.Find(router.Id)?.Host == second, () => "the word did not arrive");
        JsonObject plan = await StepAsync(router, "plan", ha: false);
        plan["plan"]!["changes"]!.AsArray().Select(sentence => (string)sentence!).ShouldContain($"{first} is a gateway node of it no longer");
        foreach (string step in (string[])["prepare", "switch", "finish"])
        {
            _ = await StepAsync(router, step, ha: false);
        }

        _cloud.Topology.Routers[router.Id].GatewayBindings.ShouldHaveSingleItem().Host.ShouldBe(second);
    }

    [Fact]
    public async Task A_step_out_of_order_is_refused_and_changes_nothing()
    {
        Router router = await CentralizedAsync();
        (await RefusalAsync(router.Id.ToString(), """{"distributed": true, "ha": true, "step": "switch"}""")).ShouldBe((409, "RouterMigrationOutOfOrder"));
        _cloud.Topology.Routers[router.Id].ShouldBe(router);
        _ = await StepAsync(router, "prepare");
        (await RefusalAsync(router.Id.ToString(), """{"distributed": true, "ha": false, "step": "prepare"}""")).ShouldBe((409, "RouterInMigration"));
    }

    [Theory]
    [InlineData("", "Body contains invalid data")]
    [InlineData("[]", "Body contains invalid data")]
    [InlineData("""{"distributed": true, "ha": true}""", "Invalid input for step")]
    [InlineData("""{"distributed": true, "ha": true, "step": "leap"}""", "Invalid input for step")]
    [InlineData("""{"distributed": "yes", "step": "plan"}""", "Invalid input for distributed")]
    [InlineData("""{"distributed": "yes", "step": "plan"}""", "Invalid input for ha")]
    [InlineData("""{"distributed": true, "ha": true, "step": "plan", "force": true}""", "Unrecognized attribute(s) 'force'")]
    public async Task A_body_that_says_something_else_is_refused_with_what_is_wrong(string body, string words)
    {
        Router router = await CentralizedAsync();
        using HttpResponseMessage response = await PutAsync(router.Id.ToString(), body);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadFromJsonAsync<JsonObject>())!["NeutronError"]!["message"]!.GetValue<string>().ShouldContain(words);
    }

    [Fact]
    public async Task It_is_for_admins_and_for_routers_that_there_are()
    {
        Router router = await CentralizedAsync();
        const string Body = """{"distributed": true, "ha": true, "step": "plan"}""";
        (await RefusalAsync(Guid.NewGuid().ToString(), Body)).ShouldBe((404, "RouterNotFound"));
        (await RefusalAsync("x", Body)).ShouldBe((404, "RouterNotFound"));
        _http.DefaultRequestHeaders.Add("X-Project-Id", "p");
        _http.DefaultRequestHeaders.Add("X-Roles", "member");
        (await RefusalAsync(router.Id.ToString(), Body)).ShouldBe((403, "PolicyNotAuthorized"));
        using HttpResponseMessage shown = await _http.GetAsync(new Uri(_cloud.Server.ApiEndpoint, $"/vicinal/v1/routers/{router.Id}/migration"));
        shown.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private async Task<Router> CentralizedAsync()
    {
        Router router = await _cloud.RouterAsync(ha: false);
        return await _cloud.WriteAsync(edit => edit.Put(router with { Distributed = false }));
    }

    private async Task<JsonObject> StepAsync(Router router, string step, bool ha = true)
    {
        JsonObject body = new() { ["distributed"] = true, ["ha"] = ha, ["step"] = step };
        using HttpResponseMessage response = await PutAsync(router.Id.ToString(), body.ToJsonString());
        string text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        JsonObject answer = JsonNode.Parse(text)!.AsObject();
        response.Headers.GetValues("X-Vicinal-Revision").Single().ShouldBe(((long)answer["revision"]!).ToString());
        return answer;
    }

    private async Task<(int Status, string Type)> RefusalAsync(string router, string body)
    {
        using HttpResponseMessage response = await PutAsync(router, body);
        return ((int)response.StatusCode, (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["NeutronError"]!["type"]!);
    }

    private async Task<HttpResponseMessage> PutAsync(string router, string body)
    {
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        return await _http.PutAsync(new Uri(_cloud.Server.ApiEndpoint, $"/vicinal/v1/routers/{router}/migration"), content);
    }
}

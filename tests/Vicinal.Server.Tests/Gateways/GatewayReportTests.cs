using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Vicinal.Model.Resources;
using Vicinal.Protocol.Gateways;
using Vicinal.Server.Tests.Distribution;

namespace Vicinal.Server.Tests.Gateways;

/// <summary>What users see of the node that serves a gateway follows what the nodes say.</summary>
public sealed class GatewayReportTests
{
    [Fact]
    public async Task The_agents_of_a_router_and_the_list_of_gateways_show_who_serves_by_its_own_word()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync();
        await cloud.ConnectAsync("g1", "g2", "c1");
        Router router = await cloud.RouterAsync(ha: true);
        (string first, string second) = (router.GatewayBindings[0].Host, router.GatewayBindings[1].Host);
        cloud.Tell(first, router.Id, GatewayRole.Standby, 1UL << 32);
        cloud.Tell(second, router.Id, GatewayRole.Active, (1UL << 32) + 1);
        await Eventually.AsyncTrue(() => cloud.Server.Distributor.Gateways.Find(router.Id)?.Host == second, () => "the word did not arrive");
        await Eventually.AsyncTrue(
            () => cloud.Server.Distributor.Gateways.RoleOf(router.Id, first) == GatewayRole.Standby, () => "the word did not arrive");
        (await cloud.HaStatesAsync(router.Id)).ShouldBe(new Dictionary<string, string?> { [first] = "standby", [second] = "active" }, ignoreOrder: true);

        JsonNode gateway = (await cloud.GetAsync("/vicinal/v1/gateways"))["gateways"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)gateway["router"]!).ShouldBe(router.Id.ToString());
        gateway["nodes"]!.AsArray().Select(node => (string)node!).ShouldBe([first, second]);
        ((string)gateway["active"]!).ShouldBe(second);
        ((string)gateway["epoch"]!).ShouldBe("1.1");
        ((string)gateway["since"]!).ShouldStartWith("2024-01-01T00:00:0");
    }

    [Fact]
    public async Task The_list_of_gateways_is_for_admins()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync();
        using HttpClient http = new();
        http.DefaultRequestHeaders.Add("X-Project-Id", "p");
        http.DefaultRequestHeaders.Add("X-Roles", "member");
        using HttpResponseMessage answer = await http.GetAsync(new Uri(cloud.Server.ApiEndpoint, "/vicinal/v1/gateways"));
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await answer.Content.ReadFromJsonAsync<JsonObject>())!["NeutronError"]!["type"]!.GetValue<string>().ShouldBe("PolicyNotAuthorized");
    }

    [Fact]
    public async Task A_floating_ip_at_the_gateway_follows_the_node_that_serves()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync();
        await cloud.ConnectAsync("g1", "g2", "c1");
        Router router = await cloud.RouterAsync(ha: true);
        cloud.Tell("g1", router.Id, GatewayRole.Standby, 1);
        cloud.Tell("g2", router.Id, GatewayRole.Standby, 1);
        await Eventually.AsyncTrue(
            () => cloud.Server.Distributor.Gateways is var gateways
                && gateways.RoleOf(router.Id, "g1") is not null && gateways.RoleOf(router.Id, "g2") is not null,
            () => "the words did not arrive");
        FloatingIp floatingIp = await cloud.FloatingIpAsync(router.Id);
        await cloud.AppliedAsync();
        Status().ShouldBe(PortStatus.Down, "nobody has said that it serves");

        cloud.Tell("g2", router.Id, GatewayRole.Active, 2);
        await Eventually.AsyncTrue(() => Status() == PortStatus.Active, () => "it is not active");

        // A handover: the one stops, the other begins. Nothing flaps.
        long revision = cloud.Topology.FloatingIps[floatingIp.Id].RevisionNumber;
        cloud.Tell("g2", router.Id, GatewayRole.Standby, 2);
        await Eventually.AsyncTrue(() => cloud.Server.Distributor.Gateways.Find(router.Id)!.Host is null, () => "the word did not arrive");
        cloud.Tell("g1", router.Id, GatewayRole.Active, 3);
        await Eventually.AsyncTrue(() => cloud.Server.Distributor.Gateways.Find(router.Id)!.Host == "g1", () => "the word did not arrive");
        cloud.Time.Advance(TimeSpan.FromSeconds(3));
        await cloud.AppliedAsync();
        cloud.Topology.FloatingIps[floatingIp.Id].RevisionNumber.ShouldBe(revision);
        Status().ShouldBe(PortStatus.Active);

        // The last one stops, and nobody follows.
        cloud.Tell("g1", router.Id, GatewayRole.Standby, 3);
        await cloud.PassAsync(() => Status() == PortStatus.Down);
        cloud.Log.Of(LogLevel.Warning).ShouldContain($"The gateway of router {router.Id} is served by nobody, before by g1");
        cloud.Tell("g1", router.Id, GatewayRole.Active, 4);
        await Eventually.AsyncTrue(() => Status() == PortStatus.Active, () => "it is not active");

        string Status() => cloud.Topology.FloatingIps[floatingIp.Id].Status;
    }

    [Fact]
    public async Task A_node_that_is_gone_from_the_server_serves_on_until_another_says_that_it_does()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync();
        await cloud.ConnectAsync("g1", "g2", "c1");
        Router router = await cloud.RouterAsync(ha: true);
        cloud.Tell("g1", router.Id, GatewayRole.Active, 5);
        await Eventually.AsyncTrue(() => cloud.Server.Distributor.Gateways.Find(router.Id)?.Host == "g1", () => "the word did not arrive");
        await cloud.DisconnectAsync("g1");
        (await cloud.HaStatesAsync(router.Id))["g1"].ShouldBe("active");
        cloud.Tell("g2", router.Id, GatewayRole.Active, 6);
        await Eventually.AsyncTrue(() => cloud.Server.Distributor.Gateways.Find(router.Id)?.Host == "g2", () => "the word did not arrive");
        (await cloud.HaStatesAsync(router.Id)).ShouldBe(new Dictionary<string, string?> { ["g1"] = "standby", ["g2"] = "active" }, ignoreOrder: true);
    }
}

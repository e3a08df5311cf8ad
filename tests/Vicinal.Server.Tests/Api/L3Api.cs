using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

/// <summary>Short hands for what the tests of the layer-3 resources need over and over.</summary>
internal static class L3Api
{
    public static string Text(this JsonNode node, string name) => node[name]!.GetValue<string>();

    /// <summary>An external network with one subnet.</summary>
    public static async Task<(JsonObject Network, JsonObject Subnet)> ExternalAsync(this ApiCloud cloud, string cidr = "203.0.113.0/24")
    {
        JsonObject network = await cloud.CreateAsync(
            "network", """{"router:external": true, "provider:network_type": "flat", "provider:physical_network": "physnet1"}""");
        return (network, await cloud.SubnetAsync(network, cidr));
    }

    public static Task<JsonObject> SubnetAsync(this ApiCloud cloud, JsonObject network, string cidr, string? project = null) => cloud.CreateAsync(
        "subnet",
        $$"""{"network_id": "{{network.Text("id")}}", "ip_version": {{(cidr.Contains(':') ? 6 : 4)}}, "cidr": "{{cidr}}"}""",
        project);

    public static Task<JsonObject> PortAsync(this ApiCloud cloud, JsonObject network, string? project = null) =>
        cloud.CreateAsync("port", $$"""{"network_id": "{{network.Text("id")}}"}""", project);

    public static Task<ApiAnswer> AddInterfaceAsync(this ApiCloud cloud, JsonObject router, string body, string? project = null) =>
        cloud.PutAsync($"/v2.0/routers/{router.Text("id")}/add_router_interface", body, project);

    public static async Task<JsonObject> JoinAsync(this ApiCloud cloud, JsonObject router, JsonObject subnet, string? project = null)
    {
        ApiAnswer answer = await cloud.AddInterfaceAsync(router, $$"""{"subnet_id": "{{subnet.Text("id")}}"}""", project);
        answer.Status.ShouldBe(200, answer.Text);
        return answer.Json;
    }

    public static async Task<JsonObject> ShowAsync(this ApiCloud cloud, string singular, JsonObject resource, string? project = null)
    {
        ApiAnswer answer = await cloud.GetAsync($"/v2.0/{singular.Replace('_', '-')}s/{resource.Text("id")}", project);
        answer.Status.ShouldBe(200, answer.Text);
        return answer.Json[singular]!.AsObject();
    }

    public static async Task<JsonArray> ListAsync(this ApiCloud cloud, string plural, string query = "", string? project = null)
    {
        ApiAnswer answer = await cloud.GetAsync($"/v2.0/{plural.Replace('_', '-')}{query}", project);
        answer.Status.ShouldBe(200, answer.Text);
        return answer.Json[plural]!.AsArray();
    }

    public static IEnumerable<string> Column(this JsonArray rows, string name) => rows.Select(row => row!.Text(name));
}

using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

/// <summary>What holds for every collection, tried on networks and subnets, in the words that Neutron's clients know.</summary>
public sealed class ApiConventionsTests(ApiCloud cloud) : IClassFixture<ApiCloud>
{
    private const string Networks = "/v2.0/networks";
    private const string Subnets = "/v2.0/subnets";
    private const string Missing = "6b2b4a30-0000-4000-8000-000000000000";

    [Theory]
    [InlineData("{\"network\": {", "Body contains invalid data")]
    [InlineData("\"\\ud800\"", "Body contains invalid data")]
    [InlineData("{\"network\": {\"name\": \"a\\u0000b\"}}", "Body contains invalid data")]
    [InlineData("{\"subnet\": {}}", "Unable to find 'network' in request body")]
    [InlineData("", "Unable to find 'network' in request body")]
    [InlineData("[]", "Unable to find 'network' in request body")]
    [InlineData("{\"network\": []}", "Unable to find 'network' in request body")]
    [InlineData("{\"networks\": []}", "Unable to find 'networks' in request body")]
    [InlineData("{\"networks\": {}}", "Unable to find 'networks' in request body")]
    [InlineData("{\"networks\": [1]}", "Unable to find 'network' in request body")]
    [InlineData("{\"network\": {\"nonsense\": 1}}", "Unrecognized attribute(s) 'nonsense'")]
    [InlineData("{\"network\": {\"zulu\": 1, \"alpha\": 2}}", "Unrecognized attribute(s) 'alpha, zulu'")]
    [InlineData("{\"network\": {\"status\": \"ACTIVE\"}}", "Attribute 'status' not allowed in POST")]
    [InlineData("{\"network\": {\"name\": 7}}", "Invalid input for name. Reason: '7' is not a valid string.")]
    [InlineData("{\"network\": {\"name\": null}}", "Invalid input for name. Reason: 'None' is not a valid string.")]
    [InlineData("{\"network\": {\"name\": [\"a\"]}}", "Invalid input for name. Reason: '['a']' is not a valid string.")]
    [InlineData("{\"network\": {\"mtu\": -1}}", "Invalid input for mtu. Reason: '-1' should be non-negative.")]
    [InlineData("{\"network\": {\"tenant_id\": \"a\", \"project_id\": \"b\"}}", "'project_id' and 'tenant_id' do not match")]
    public async Task A_body_that_is_no_network_is_a_bad_request(string body, string message) =>
        (await cloud.PostAsync(Networks, body)).ShouldRefuse(400, "HTTPBadRequest", message);

    [Theory]
    [InlineData("{\"network\": {\"shared\": \"maybe\"}}", "Invalid input for operation: 'maybe' cannot be converted to boolean.")]
    [InlineData("{\"network\": {\"shared\": 2}}", "Invalid input for operation: '2' cannot be converted to boolean.")]
    [InlineData("{\"network\": {\"shared\": null}}", "Invalid input for operation: 'None' cannot be converted to boolean.")]
    [InlineData("{\"network\": {\"mtu\": \"many\"}}", "Invalid input for operation: 'many' is not an integer.")]
    [InlineData("{\"network\": {\"mtu\": 99999999999}}", "Invalid input for operation: '99999999999' is not an integer.")]
    public async Task A_value_that_cannot_be_converted_is_invalid_input(string body, string message) =>
        (await cloud.PostAsync(Networks, body)).ShouldRefuse(400, "InvalidInput", message);

    [Fact]
    public async Task All_that_is_wrong_with_a_body_is_told_at_once()
    {
        ApiAnswer answer = await cloud.PostAsync(Subnets, """{"subnet": {"network_id": "abc", "nonsense": 1, "enable_dhcp": "x"}}""");
        answer.ShouldRefuse(400, "HTTPBadRequest",
            "Unrecognized attribute(s) 'nonsense' "
            + "Failed to parse request. Required attribute 'ip_version' not specified "
            + "Invalid input for network_id. Reason: 'abc' is not a valid UUID. "
            + "Invalid input for operation: 'x' cannot be converted to boolean.");
    }

    [Fact]
    public async Task A_name_of_256_characters_is_too_long_and_one_of_255_is_not()
    {
        string longest = new('x', 255);
        (await cloud.PostAsync(Networks, $$$"""{"network": {"name": "{{{longest}}}x"}}""")).ShouldRefuse(
            400, "HTTPBadRequest", $"Invalid input for name. Reason: '{longest}x' exceeds maximum length of 255.");
        (await cloud.CreateAsync("network", $$"""{"name": "{{longest}}"}"""))["name"]!.GetValue<string>().ShouldBe(longest);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("\"TRUE\"", true)]
    [InlineData("\"1\"", true)]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("\"False\"", false)]
    public async Task Booleans_come_in_many_forms(string form, bool meant) =>
        (await cloud.CreateAsync("network", $$"""{"admin_state_up": {{form}}}"""))["admin_state_up"]!.GetValue<bool>().ShouldBe(meant);

    [Fact]
    public async Task Integers_come_as_digits_too() =>
        (await cloud.CreateAsync("network", """{"mtu": "1300"}"""))["mtu"]!.GetValue<int>().ShouldBe(1300);

    [Fact]
    public async Task What_was_set_at_creation_only_is_read_only_afterwards()
    {
        JsonObject network = await cloud.CreateAsync("network", "{}");
        ApiAnswer answer = await cloud.PutAsync($"{Networks}/{network["id"]}", """{"network": {"tenant_id": "x"}}""");
        answer.ShouldRefuse(400, "HTTPBadRequest", "Cannot update read-only attribute tenant_id");
    }

    [Fact]
    public async Task An_update_of_nothing_changes_nothing()
    {
        JsonObject network = await cloud.CreateAsync("network", "{}");
        ApiAnswer answer = await cloud.PutAsync($"{Networks}/{network["id"]}", """{"network": {}}""");
        answer.Status.ShouldBe(200);
        JsonNode.DeepEquals(answer.Json["network"], network).ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        (await cloud.GetAsync("/v2.0/nonsense")).ShouldRefuse(404, "HTTPNotFound", "The resource could not be found.");
        (await cloud.GetAsync($"{Networks}/{Missing}")).ShouldRefuse(404, "NetworkNotFound", $"Network {Missing} could not be found.");
        (await cloud.GetAsync($"{Networks}/blue")).ShouldRefuse(404, "NetworkNotFound", "Network blue could not be found.");
        (await cloud.GetAsync($"{Subnets}/{Missing}")).ShouldRefuse(404, "SubnetNotFound", $"Subnet {Missing} could not be found.");
        (await cloud.GetAsync($"/v2.0/ports/{Missing}")).ShouldRefuse(404, "PortNotFound", $"Port {Missing} could not be found.");
        (await cloud.PutAsync($"{Networks}/{Missing}", """{"network": {"name": "x"}}""")).Status.ShouldBe(404);
        (await cloud.DeleteAsync($"{Networks}/{Missing}")).ShouldRefuse(404, "NetworkNotFound", $"Network {Missing} could not be found.");
        (await cloud.DeleteAsync(Networks)).ShouldRefuse(404, "NetworkNotFound", "Network None could not be found.");
    }

    [Fact]
    public async Task A_method_that_a_path_does_not_have_is_refused() =>
        (await cloud.SendAsync(HttpMethod.Patch, $"{Networks}/{Missing}", "{}")).ShouldRefuse(405, "HTTPMethodNotAllowed",
            "The server could not comply with the request since it is either malformed or otherwise incorrect.");

    [Fact]
    public async Task A_body_over_the_limit_is_refused() =>
        (await cloud.PostAsync(Networks, new string(' ', (int)cloud.LongestBody + 1)))
            .ShouldRefuse(413, "HTTPRequestEntityTooLarge", "Request is too large.");

    [Fact]
    public async Task A_body_that_does_not_claim_to_be_json_is_refused()
    {
        using StringContent form = new("network=x", System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        using HttpResponseMessage response = await cloud.Http.PostAsync(Networks, form);
        ((int)response.StatusCode).ShouldBe(415);
    }

    [Fact]
    public async Task Versions_collections_and_extensions_are_told()
    {
        JsonNode version = (await cloud.GetAsync("/")).Json["versions"]![0]!;
        version["id"]!.GetValue<string>().ShouldBe("v2.0");
        version["status"]!.GetValue<string>().ShouldBe("CURRENT");
        version["links"]![0]!["href"]!.GetValue<string>().ShouldBe($"{cloud.Endpoint}v2.0/");
        (await cloud.GetAsync("/v2.0/")).Json["resources"]!.AsArray().Select(r => r!["collection"]!.GetValue<string>())
            .ShouldContain("networks");
        (await cloud.GetAsync("/v2.0")).Status.ShouldBe(404);
        (await cloud.GetAsync("/v2.0/extensions")).Json["extensions"]!.AsArray().Count.ShouldBeGreaterThan(10);
        (await cloud.GetAsync("/v2.0/extensions/provider")).Json["extension"]!["alias"]!.GetValue<string>().ShouldBe("provider");
        (await cloud.GetAsync("/v2.0/extensions/trunk")).Status.ShouldBe(404);
        foreach (string alias in (string[])
            ["agent", "availability_zone", "availability_zone_filter", "dvr", "l3-ha", "l3_agent_scheduler", "router-admin-state-down-before-update", "router_availability_zone"])
        {
            (await cloud.GetAsync($"/v2.0/extensions/{alias}")).Status.ShouldBe(200, alias);
        }
    }

    [Fact]
    public async Task A_bulk_creation_happens_wholly_or_not_at_all()
    {
        ApiAnswer made = await cloud.PostAsync(Networks, """{"networks": [{"name": "bulk1"}, {"network": {"name": "bulk2"}}]}""");
        made.Status.ShouldBe(201);
        made.Json["networks"]!.AsArray().Select(n => n!["name"]!.GetValue<string>()).ShouldBe(["bulk1", "bulk2"]);
        ApiAnswer refused = await cloud.PostAsync(
            Networks, """{"networks": [{"name": "lost"}, {"provider:network_type": "vxlan", "provider:segmentation_id": 0}]}""");
        refused.Status.ShouldBe(400);
        (await cloud.GetAsync($"{Networks}?name=lost")).Json["networks"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_change_may_name_the_revision_it_is_made_for()
    {
        JsonObject network = await cloud.CreateAsync("network", "{}");
        string path = $"{Networks}/{network["id"]}";
        const string Body = """{"network": {"name": "n"}}""";
        (await cloud.SendAsync(HttpMethod.Put, path, Body, null, ("If-Match", "revision_number=9"))).Status.ShouldBe(412);
        (await cloud.SendAsync(HttpMethod.Put, path, Body, null, ("If-Match", "revision_number=1"))).Status.ShouldBe(200);
        (await cloud.SendAsync(HttpMethod.Delete, path, null, null, ("If-Match", "revision_number=1"))).Type.ShouldBe("RevisionNumberConstraintFailed");
        (await cloud.SendAsync(HttpMethod.Delete, path, null, null, ("If-Match", "revision_number=2"))).Status.ShouldBe(204);
        (await cloud.SendAsync(HttpMethod.Delete, path, null, null, ("If-Match", "\"etag\""))).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Fields_cut_an_answer_down()
    {
        JsonObject network = await cloud.CreateAsync("network", """{"name": "cut"}""");
        JsonObject shown = (await cloud.GetAsync($"{Networks}/{network["id"]}?fields=id&fields=name")).Json["network"]!.AsObject();
        shown.Select(p => p.Key).ShouldBe(["id", "name"]);
        JsonArray listed = (await cloud.GetAsync($"{Networks}?name=cut&fields=mtu&fields=nonsense")).Json["networks"]!.AsArray();
        listed.ShouldHaveSingleItem()!.AsObject().Select(p => p.Key).ShouldBe(["mtu"]);
    }
}

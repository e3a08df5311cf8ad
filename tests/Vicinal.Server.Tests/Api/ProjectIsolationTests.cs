using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

/// <summary>What one project may see and do of another's, without the admin role.</summary>
public sealed class ProjectIsolationTests : IAsyncLifetime
{
    private const string Red = "red";
    private const string Blue = "blue";

    private readonly ApiCloud _cloud = new();

    public ValueTask InitializeAsync() => _cloud.InitializeAsync();

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task Projects_with_the_same_addresses_see_nothing_of_each_other()
    {
        foreach (string project in (string[])[Red, Blue])
        {
            (JsonObject network, JsonObject subnet) = await SubnetAsync(project);
            JsonObject port = await _cloud.CreateAsync(
                "port", $$"""{"network_id": "{{network["id"]}}", "fixed_ips": [{"ip_address": "10.0.0.9"}]}""", project);
            port["fixed_ips"]![0]!["subnet_id"]!.ToString().ShouldBe(subnet["id"]!.ToString());
        }

        foreach (string plural in (string[])["networks", "subnets", "ports"])
        {
            foreach (string project in (string[])[Red, Blue])
            {
                JsonArray seen = (await _cloud.GetAsync($"/v2.0/{plural}", project)).Json[plural]!.AsArray();
                seen.ShouldHaveSingleItem()!["project_id"]!.GetValue<string>().ShouldBe(project);
                string path = $"/v2.0/{plural}/{seen[0]!["id"]}";
                string other = project == Red ? Blue : Red;
                string singular = plural[..^1];
                (await _cloud.GetAsync(path, other)).Status.ShouldBe(404);
                (await _cloud.PutAsync(path, $$$"""{"{{{singular}}}": {"name": "stolen"}}""", other)).Status.ShouldBe(404);
                (await _cloud.DeleteAsync(path, other)).Status.ShouldBe(404);
                (await _cloud.GetAsync($"/v2.0/{plural}?project_id={other}", project)).Json[plural]!.AsArray().ShouldBeEmpty();
                (await _cloud.GetAsync($"/v2.0/{plural}?marker={seen[0]!["id"]}", other)).Status.ShouldBe(404);
            }
        }
    }

    [Fact]
    public async Task A_hundred_projects_have_the_same_network()
    {
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            (JsonObject network, _) = await SubnetAsync($"p{i}");
            await _cloud.CreateAsync("port", $$"""{"network_id": "{{network["id"]}}"}""", $"p{i}");
        }));
        _cloud.Writer.Current.Ports.Values.Select(p => p.FixedIps[0].Address).Distinct().ShouldHaveSingleItem();
        _cloud.Writer.Current.Networks.Values.Select(n => n.SegmentationId).Distinct().Count().ShouldBe(100);
        _cloud.Writer.Current.SecurityGroups.Count.ShouldBe(100);
    }

    [Fact]
    public async Task What_only_admins_may_know_or_set_is_hidden_and_refused()
    {
        JsonObject network = await _cloud.CreateAsync("network", """{"shared": false}""", Red);
        network.ContainsKey("provider:segmentation_id").ShouldBeFalse();
        network["project_id"]!.GetValue<string>().ShouldBe(Red);
        JsonObject port = await _cloud.CreateAsync("port", $$"""{"network_id": "{{network["id"]}}"}""", Red);
        port.ContainsKey("binding:host_id").ShouldBeFalse();
        port.ContainsKey("binding:vnic_type").ShouldBeTrue();
        (await _cloud.PostAsync("/v2.0/networks", """{"network": {"shared": true}}""", Red)).ShouldRefuse(
            403, "PolicyNotAuthorized", "(rule:create_network and rule:create_network:shared) is disallowed by policy");
        (await _cloud.PutAsync($"/v2.0/networks/{network["id"]}", """{"network": {"router:external": true}}""", Red)).ShouldRefuse(
            403, "PolicyNotAuthorized", "(rule:update_network and rule:update_network:router:external) is disallowed by policy");
        (await _cloud.PutAsync($"/v2.0/ports/{port["id"]}", """{"port": {"binding:host_id": "c1"}}""", Red)).Status.ShouldBe(403);
        (await _cloud.PutAsync($"/v2.0/ports/{port["id"]}", """{"port": {"mac_address": "fa:16:3e:00:00:01"}}""", Red)).Status.ShouldBe(403);
        (await _cloud.GetAsync("/v2.0/ports?binding:host_id=c1", Red)).Status.ShouldBe(400);
        (await _cloud.PostAsync("/v2.0/networks", """{"network": {"tenant_id": "blue"}}""", Red)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_shared_network_is_used_but_not_ruled_by_others()
    {
        JsonObject network = await _cloud.CreateAsync("network", $$"""{"shared": true, "project_id": "{{Blue}}"}""");
        string id = network["id"]!.ToString();
        JsonObject subnet = await _cloud.CreateAsync("subnet", $$"""{"network_id": "{{id}}", "ip_version": 4, "cidr": "10.0.0.0/24"}""", Blue);
        (await _cloud.GetAsync($"/v2.0/networks/{id}", Red)).Status.ShouldBe(200);
        (await _cloud.GetAsync($"/v2.0/subnets/{subnet["id"]}", Red)).Status.ShouldBe(200);
        (await _cloud.PutAsync($"/v2.0/networks/{id}", """{"network": {"name": "x"}}""", Red)).Status.ShouldBe(403);
        (await _cloud.DeleteAsync($"/v2.0/networks/{id}", Red)).Status.ShouldBe(403);
        (await _cloud.DeleteAsync($"/v2.0/subnets/{subnet["id"]}", Red)).Status.ShouldBe(403);
        (await _cloud.PostAsync("/v2.0/subnets", $$$"""{"subnet": {"network_id": "{{{id}}}", "ip_version": 4, "cidr": "10.1.0.0/24"}}""", Red))
            .ShouldRefuse(403, "PolicyNotAuthorized", "(rule:create_subnet) is disallowed by policy");
        JsonObject port = await _cloud.CreateAsync("port", $$"""{"network_id": "{{id}}", "fixed_ips": [{"ip_address": "10.0.0.7"}]}""", Red);
        foreach (string attribute in (string[])[
            "\"mac_address\": \"fa:16:3e:00:00:01\"", "\"port_security_enabled\": false", "\"device_owner\": \"network:dhcp\"",
            "\"allowed_address_pairs\": [{\"ip_address\": \"10.0.0.8\"}]"])
        {
            (await _cloud.PostAsync("/v2.0/ports", $$$"""{"port": {"network_id": "{{{id}}}", {{{attribute}}}}}""", Red)).Status.ShouldBe(403, attribute);
            (await _cloud.PutAsync($"/v2.0/ports/{port["id"]}", $$$"""{"port": { {{{attribute}}} }}""", Red)).Status.ShouldBe(403, attribute);
        }

        (await _cloud.PutAsync($"/v2.0/networks/{id}", """{"network": {"shared": false}}"""))
            .Type.ShouldBe("InvalidSharedSetting");
        (await _cloud.GetAsync($"/v2.0/ports/{port["id"]}", Blue)).Status.ShouldBe(200, "a network's owner sees the ports on it");
        (await _cloud.PutAsync($"/v2.0/ports/{port["id"]}", """{"port": {"name": "x"}}""", Blue)).Status.ShouldBe(403);
        (await _cloud.DeleteAsync($"/v2.0/ports/{port["id"]}", Blue)).Status.ShouldBe(204);
    }

    [Fact]
    public async Task Another_projects_security_group_is_not_there()
    {
        (JsonObject red, _) = await SubnetAsync(Red);
        (JsonObject blue, _) = await SubnetAsync(Blue);
        JsonObject port = await _cloud.CreateAsync("port", $$"""{"network_id": "{{red["id"]}}"}""", Red);
        string group = port["security_groups"]![0]!.ToString();
        (await _cloud.PostAsync("/v2.0/ports", $$$"""{"port": {"network_id": "{{{blue["id"]}}}", "security_groups": ["{{{group}}}"]}}""", Blue))
            .ShouldRefuse(404, "SecurityGroupNotFound", $"Security group {group} does not exist");
    }

    [Theory]
    [InlineData("reader")]
    [InlineData("")]
    [InlineData("administrator")]
    public async Task Roles_that_are_sent_count_even_when_admin_is_not_among_them(string roles)
    {
        ApiAnswer answer = await _cloud.SendAsync(
            HttpMethod.Post, "/v2.0/networks", """{"network": {"shared": true}}""", null, ("X-Roles", roles), ("X-Project-Id", "p"));
        answer.Status.ShouldBe(403);
    }

    private async Task<(JsonObject Network, JsonObject Subnet)> SubnetAsync(string project)
    {
        JsonObject network = await _cloud.CreateAsync("network", "{}", project);
        return (network, await _cloud.CreateAsync(
            "subnet", $$"""{"network_id": "{{network["id"]}}", "ip_version": 4, "cidr": "10.0.0.0/24"}""", project));
    }
}

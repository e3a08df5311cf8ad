using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

public sealed class SecurityGroupApiTests : IAsyncLifetime
{
    private readonly ApiCloud _cloud = new();

    public ValueTask InitializeAsync() => _cloud.InitializeAsync();

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task Listing_makes_the_default_group_once()
    {
        JsonObject group = (await _cloud.ListAsync("security_groups", project: "p1")).ShouldHaveSingleItem()!.AsObject();
        group.Text("name").ShouldBe("default");
        group["security_group_rules"]!.AsArray().Count.ShouldBe(4);
        (await _cloud.ListAsync("security_groups", project: "p1")).ShouldHaveSingleItem()!.Text("id").ShouldBe(group.Text("id"));
        (await _cloud.ListAsync("security_group_rules", project: "p2")).Count.ShouldBe(4);
        (await _cloud.ListAsync("security_groups", "?project_id=p3")).Column("project_id").ShouldBe(["p3"]);
    }

    [Fact]
    public async Task A_group_is_made_shown_changed_and_deleted()
    {
        JsonObject group = await _cloud.CreateAsync("security_group", """{"name": "web", "description": "d"}""");
        group["stateful"]!.GetValue<bool>().ShouldBeTrue();
        group["shared"]!.GetValue<bool>().ShouldBeFalse();
        JsonArray rules = group["security_group_rules"]!.AsArray();
        rules.Select(r => r!.Text("direction")).ShouldBe(["egress", "egress"]);
        JsonObject alone = await _cloud.ShowAsync("security_group_rule", rules[0]!.AsObject());
        alone.ToJsonString().ShouldBe(rules[0]!.ToJsonString());
        ApiAnswer changed = await _cloud.PutAsync(
            $"/v2.0/security-groups/{group.Text("id")}", """{"security_group": {"name": "w", "stateful": false}}""");
        changed.Json["security_group"]!["stateful"]!.GetValue<bool>().ShouldBeFalse();
        (await _cloud.DeleteAsync($"/v2.0/security-groups/{group.Text("id")}")).Status.ShouldBe(204);
        (await _cloud.GetAsync($"/v2.0/security-groups/{group.Text("id")}")).ShouldRefuse(
            404, "SecurityGroupNotFound", $"Security group {group.Text("id")} does not exist");
    }

    [Fact]
    public async Task The_default_group_is_protected()
    {
        (await _cloud.PostAsync("/v2.0/security-groups", """{"security_group": {"name": "default"}}""")).ShouldRefuse(
            409, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.");
        string id = (await _cloud.ListAsync("security_groups", project: "p1"))[0]!.Text("id");
        (await _cloud.PutAsync($"/v2.0/security-groups/{id}", """{"security_group": {"name": "x"}}""", project: "p1")).ShouldRefuse(
            409, "SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.");
        (await _cloud.DeleteAsync($"/v2.0/security-groups/{id}", project: "p1")).ShouldRefuse(
            409, "SecurityGroupCannotRemoveDefault", "Insufficient rights for removing default security group.");
    }

    [Fact]
    public async Task A_new_port_is_in_the_default_group_which_is_then_in_use()
    {
        JsonObject port = await _cloud.PortAsync(await _cloud.CreateAsync("network", "{}"));
        string group = port["security_groups"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>();
        (await _cloud.DeleteAsync($"/v2.0/security-groups/{group}")).ShouldRefuse(409, "SecurityGroupInUse", $"Security Group {group} in use.");
    }

    [Fact]
    public async Task A_rule_is_made_shown_described_and_deleted()
    {
        JsonObject rule = await RuleAsync(""" "protocol": "TCP", "port_range_min": "80", "port_range_max": 443, "remote_ip_prefix": "10.0.0.5/24" """);
        rule.Text("protocol").ShouldBe("tcp");
        rule["port_range_min"]!.GetValue<int>().ShouldBe(80);
        rule.Text("remote_ip_prefix").ShouldBe("10.0.0.5/24");
        rule.Text("normalized_cidr").ShouldBe("10.0.0.0/24");
        rule.Text("ethertype").ShouldBe("IPv4");
        rule["remote_address_group_id"].ShouldBeNull();
        string path = $"/v2.0/security-group-rules/{rule.Text("id")}";
        (await _cloud.PutAsync(path, """{"security_group_rule": {"direction": "egress"}}""")).ShouldRefuse(
            400, "HTTPBadRequest", "Cannot update read-only attribute direction");
        (await _cloud.PutAsync(path, """{"security_group_rule": {"description": "web"}}""")).Json["security_group_rule"]!
            .Text("description").ShouldBe("web");
        (await _cloud.DeleteAsync(path)).Status.ShouldBe(204);
        (await _cloud.DeleteAsync(path)).ShouldRefuse(
            404, "SecurityGroupRuleNotFound", $"Security group rule {rule.Text("id")} does not exist");
    }

    [Theory]
    [InlineData("""  "port_range_min": 70000, "port_range_max": 70000, "protocol": "tcp" """, "SecurityGroupInvalidPortValue", "Invalid value for port 70000")]
    [InlineData("""  "port_range_min": "x", "protocol": "tcp" """, "SecurityGroupInvalidPortValue", "Invalid value for port x")]
    [InlineData("""  "ethertype": "IPv9" """, "SecurityGroupRuleInvalidEtherType", "Security group rule for ethertype 'IPv9' not supported. Allowed values are ['IPv4', 'IPv6'].")]
    [InlineData("""  "remote_ip_prefix": "10.0.0.300/8" """, "InvalidCIDR", "Invalid CIDR 10.0.0.300/8 given as IP prefix.")]
    [InlineData("""  "remote_ip_prefix": "2001:db8::/64" """, "SecurityGroupRuleParameterConflict", "Conflicting value ethertype IPv4 for CIDR 2001:db8::/64")]
    [InlineData("""  "port_range_min": 1 """, "SecurityGroupProtocolRequiredWithPorts", "Must also specify protocol if port range is given.")]
    public async Task Bad_rules_are_named(string body, string type, string message)
    {
        JsonObject group = await _cloud.CreateAsync("security_group", """{"name": "web"}""");
        (await _cloud.PostAsync("/v2.0/security-group-rules", Body(group, body))).ShouldRefuse(400, type, message);
    }

    [Fact]
    public async Task A_bad_direction_protocol_or_group_is_named()
    {
        JsonObject group = await _cloud.CreateAsync("security_group", """{"name": "web"}""");
        string id = group.Text("id");
        (await _cloud.PostAsync("/v2.0/security-group-rules",
            $$$"""{"security_group_rule": {"security_group_id": "{{{id}}}", "direction": "sideways"}}""")).ShouldRefuse(
                400, "HTTPBadRequest", "Invalid input for direction. Reason: sideways is not in valid_values.");
        foreach (string protocol in new[] { "\"xyz\"", "300", "true", "[]" })
        {
            ApiAnswer answer = await _cloud.PostAsync("/v2.0/security-group-rules", Body(group, $"\"protocol\": {protocol}"));
            (answer.Status, answer.Type).ShouldBe((400, "SecurityGroupRuleInvalidProtocol"), protocol);
        }

        string unknown = Guid.NewGuid().ToString();
        (await _cloud.PostAsync("/v2.0/security-group-rules", Body(group, $"\"remote_group_id\": \"{unknown}\""))).ShouldRefuse(
            404, "SecurityGroupNotFound", $"Security group {unknown} does not exist");
    }

    [Fact]
    public async Task A_bulk_is_made_wholly_or_not_at_all()
    {
        JsonObject group = await _cloud.CreateAsync("security_group", """{"name": "web"}""");
        string Rule(string protocol) => $$"""{"security_group_id": "{{group.Text("id")}}", "direction": "ingress", "protocol": "{{protocol}}"}""";
        (await _cloud.PostAsync("/v2.0/security-group-rules", $$"""{"security_group_rules": [{{Rule("tcp")}}, {{Rule("6")}}]}""")).ShouldRefuse(
            409, "DuplicateSecurityGroupRuleInPost", "Duplicate Security Group Rule in POST.");
        ApiAnswer made = await _cloud.PostAsync("/v2.0/security-group-rules", $$"""{"security_group_rules": [{{Rule("tcp")}}, {{Rule("udp")}}]}""");
        made.Status.ShouldBe(201, made.Text);
        (await _cloud.ListAsync("security_group_rules", $"?security_group_id={group.Text("id")}&direction=ingress")).Count.ShouldBe(2);
        (await _cloud.ListAsync("security_group_rules", $"?security_group_id={group.Text("id")}&protocol=TCP")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Other_projects_groups_are_not_there()
    {
        JsonObject group = await _cloud.CreateAsync("security_group", """{"name": "web"}""", project: "p1");
        (await _cloud.GetAsync($"/v2.0/security-groups/{group.Text("id")}", project: "p2")).Status.ShouldBe(404);
        (await _cloud.PostAsync("/v2.0/security-group-rules", Body(group, "\"protocol\": \"tcp\""), project: "p2")).ShouldRefuse(
            404, "SecurityGroupNotFound", $"Security group {group.Text("id")} does not exist");
        (await _cloud.DeleteAsync($"/v2.0/security-group-rules/{group["security_group_rules"]![0]!.Text("id")}", project: "p2")).Status.ShouldBe(404);
    }

    private static string Body(JsonObject group, string more) =>
        $$$"""{"security_group_rule": {"security_group_id": "{{{group.Text("id")}}}", "direction": "ingress", {{{more}}}}}""";

    private async Task<JsonObject> RuleAsync(string more)
    {
        ApiAnswer answer = await _cloud.PostAsync(
            "/v2.0/security-group-rules", Body(await _cloud.CreateAsync("security_group", """{"name": "web"}"""), more));
        answer.Status.ShouldBe(201, answer.Text);
        return answer.Json["security_group_rule"]!.AsObject();
    }
}

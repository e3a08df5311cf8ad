using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

/// <summary>What the API says about how instances boot: extra_dhcp_opts, addresses that hosts form, and who answers DHCP.</summary>
public sealed class BootApiTests : IAsyncLifetime
{
    private readonly ApiCloud _cloud = new();
    private JsonObject _network = null!;

    public async ValueTask InitializeAsync()
    {
        await _cloud.InitializeAsync();
        _network = await _cloud.CreateAsync("network", """{"name": "blue", "dns_domain": "blue.example."}""");
    }

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task Extra_dhcp_options_are_made_changed_one_by_one_and_taken_away()
    {
        JsonObject port = await PortAsync(
            """, "extra_dhcp_opts": [{"opt_name": "bootfile-name", "opt_value": "a"}, {"opt_name": "dns-server", "opt_value": "2001:db8::1", "ip_version": "6"}]""");
        Options(port).ShouldBe(["bootfile-name=a/4", "dns-server=2001:db8::1/6"]);
        string path = $"/v2.0/ports/{port["id"]}";
        ApiAnswer changed = await _cloud.PutAsync(
            path, """{"port": {"extra_dhcp_opts": [{"opt_name": "bootfile-name", "opt_value": null}, {"opt_name": "42", "opt_value": "192.0.2.1"}]}}""");
        changed.Status.ShouldBe(200);
        Options((await _cloud.GetAsync(path)).Json["port"]!.AsObject()).ShouldBe(["dns-server=2001:db8::1/6", "42=192.0.2.1/4"]);
        (await _cloud.PutAsync(path, """{"port": {"name": "x"}}""")).Status.ShouldBe(200);
        Options((await _cloud.GetAsync(path)).Json["port"]!.AsObject()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Ports_of_a_slaac_subnet_have_the_address_that_their_host_forms()
    {
        await _cloud.CreateAsync("subnet", $$"""
            {"network_id": "{{_network["id"]}}", "ip_version": 6, "cidr": "2001:db8:1::/64", "ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"}
            """);
        JsonObject port = await PortAsync(""", "mac_address": "fa:16:3e:11:22:33", "dns_name": "web" """);
        port["fixed_ips"]!.AsArray().Select(ip => ip!["ip_address"]!.GetValue<string>()).ShouldBe(["2001:db8:1:0:f816:3eff:fe11:2233"]);
        port["dns_assignment"]!.AsArray().Single()!["fqdn"]!.GetValue<string>().ShouldBe("web.blue.example.");
    }

    [Fact]
    public async Task The_agents_of_a_networks_dhcp_are_those_where_it_has_ports_while_a_subnet_has_it()
    {
        JsonObject subnet = await _cloud.CreateAsync("subnet", $$"""{"network_id": "{{_network["id"]}}", "ip_version": 4, "cidr": "10.0.0.0/24"}""");
        string agents = $"/v2.0/networks/{_network["id"]}/dhcp-agents";
        (await HostsAsync(agents)).ShouldBeEmpty();
        await PortAsync(""", "binding:host_id": "c1" """);
        (await HostsAsync(agents)).ShouldBe(["c1"]);
        string agent = (await _cloud.GetAsync(agents)).Json["agents"]!.AsArray().Single()!["id"]!.GetValue<string>();
        (await _cloud.GetAsync($"/v2.0/agents/{agent}/dhcp-networks")).Json["networks"]!.AsArray().Single()!["id"]!.ToString().ShouldBe(_network["id"]!.ToString());

        (await _cloud.PostAsync($"/v2.0/agents/{agent}/dhcp-networks", $$"""{"network_id": "{{_network["id"]}}"}""")).Status.ShouldBe(409);
        (await _cloud.DeleteAsync($"/v2.0/agents/{agent}/dhcp-networks/{_network["id"]}")).Status.ShouldBe(409);
        (await _cloud.PutAsync($"/v2.0/subnets/{subnet["id"]}", """{"subnet": {"enable_dhcp": false}}""")).Status.ShouldBe(200);
        (await HostsAsync(agents)).ShouldBeEmpty();
    }

    private Task<JsonObject> PortAsync(string attributes) => _cloud.CreateAsync("port", $$"""{"network_id": "{{_network["id"]}}"{{attributes}}}""");

    private async Task<List<string>> HostsAsync(string path) =>
        [.. (await _cloud.GetAsync(path)).Json["agents"]!.AsArray().Select(static a => a!["host"]!.GetValue<string>())];

    private static List<string> Options(JsonObject port) =>
        [.. port["extra_dhcp_opts"]!.AsArray().Select(static o => $"{o!["opt_name"]}={o["opt_value"]}/{o["ip_version"]}")];
}

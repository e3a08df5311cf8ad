using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

public sealed class FloatingIpApiTests : IAsyncLifetime
{
    private readonly ApiCloud _cloud = new();
    private JsonObject _external = null!;
    private JsonObject _router = null!;
    private JsonObject _inside = null!;
    private JsonObject _port = null!;

    public async ValueTask InitializeAsync()
    {
        await _cloud.InitializeAsync();
        (_external, _) = await _cloud.ExternalAsync();
        _router = await _cloud.CreateAsync("router", $$$"""{"external_gateway_info": {"network_id": "{{{_external.Text("id")}}}"}}""");
        _inside = await _cloud.CreateAsync("network", "{}");
        _ = await _cloud.JoinAsync(_router, await _cloud.SubnetAsync(_inside, "10.50.0.0/24"));
        _port = await _cloud.PortAsync(_inside);
    }

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task A_floating_ip_is_made_tied_moved_freed_and_deleted()
    {
        JsonObject fip = await CreateAsync();
        fip.Text("status").ShouldBe("DOWN");
        fip["port_id"].ShouldBeNull();
        fip["port_details"].ShouldBeNull();
        fip["router_id"].ShouldBeNull();
        JsonObject tied = await PutAsync(fip, $$"""{"port_id": "{{_port.Text("id")}}"}""");
        tied.Text("router_id").ShouldBe(_router.Text("id"));
        tied.Text("fixed_ip_address").ShouldBe(_port["fixed_ips"]![0]!.Text("ip_address"));
        tied["port_details"]!.Text("mac_address").ShouldBe(_port.Text("mac_address"));
        JsonObject second = await _cloud.PortAsync(_inside);
        JsonObject moved = await PutAsync(fip, $$"""{"port_id": "{{second.Text("id")}}"}""");
        moved.Text("fixed_ip_address").ShouldBe(second["fixed_ips"]![0]!.Text("ip_address"));
        (await PutAsync(fip, """{"description": "kept"}""")).Text("port_id").ShouldBe(second.Text("id"));
        (await PutAsync(fip, """{"port_id": null}"""))["port_id"].ShouldBeNull();
        (await _cloud.DeleteAsync($"/v2.0/floatingips/{fip.Text("id")}")).Status.ShouldBe(204);
        (await _cloud.GetAsync($"/v2.0/floatingips/{fip.Text("id")}")).ShouldRefuse(
            404, "FloatingIPNotFound", $"Floating IP {fip.Text("id")} could not be found");
        (await _cloud.ListAsync("ports", "?device_owner=network:floatingip")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_port_that_goes_frees_its_floating_ip()
    {
        JsonObject fip = await CreateAsync($$""", "port_id": "{{_port.Text("id")}}" """);
        (await _cloud.DeleteAsync($"/v2.0/ports/{_port.Text("id")}")).Status.ShouldBe(204);
        JsonObject free = await _cloud.ShowAsync("floatingip", fip);
        free["port_id"].ShouldBeNull();
        free["fixed_ip_address"].ShouldBeNull();
        free.Text("floating_ip_address").ShouldBe(fip.Text("floating_ip_address"));
    }

    [Fact]
    public async Task Refusals_are_neutron_s()
    {
        JsonObject fip = await CreateAsync($$""", "port_id": "{{_port.Text("id")}}" """);
        JsonObject second = await CreateAsync();
        string address = _port["fixed_ips"]![0]!.Text("ip_address");
        (await _cloud.PutAsync($"/v2.0/floatingips/{second.Text("id")}", $$$"""{"floatingip": {"port_id": "{{{_port.Text("id")}}}"}}"""))
            .ShouldRefuse(409, "FloatingIPPortAlreadyAssociated", $"Cannot associate floating IP {second.Text("floating_ip_address")} "
                + $"({second.Text("id")}) with port {_port.Text("id")} using fixed IP {address}, as that fixed IP already has a floating IP "
                + $"on external network {_external.Text("id")}.");
        (await _cloud.PutAsync($"/v2.0/routers/{_router.Text("id")}", """{"router": {"external_gateway_info": null}}""")).ShouldRefuse(
            409, "RouterExternalGatewayInUseByFloatingIp", $"Gateway cannot be updated for router {_router.Text("id")}, since a gateway to "
                + $"external network {_external.Text("id")} is required by one or more floating IPs.");
        JsonObject lonely = await _cloud.CreateAsync("network", "{}");
        JsonObject subnet = await _cloud.SubnetAsync(lonely, "10.60.0.0/24");
        JsonObject port = await _cloud.PortAsync(lonely);
        (await PostAsync($$""", "port_id": "{{port.Text("id")}}" """)).ShouldRefuse(
            404, "ExternalGatewayForFloatingIPNotFound", $"External network {_external.Text("id")} is not reachable from subnet "
                + $"{subnet.Text("id")}.  Therefore, cannot associate Port {port.Text("id")} with a Floating IP.");
        (await PostAsync($$""", "floating_ip_address": "{{fip.Text("floating_ip_address")}}" """)).Type.ShouldBe("IpAddressAlreadyAllocated");
        (await PostAsync(""", "floating_ip_address": "x" """)).ShouldRefuse(
            400, "HTTPBadRequest", "Invalid input for floating_ip_address. Reason: 'x' is not a valid IP address.");
        (await _cloud.PostAsync("/v2.0/floatingips", """{"floatingip": {}}""")).ShouldRefuse(
            400, "HTTPBadRequest", "Failed to parse request. Required attribute 'floating_network_id' not specified");
        (await _cloud.PutAsync($"/v2.0/floatingips/{fip.Text("id")}", $$$"""{"floatingip": {"floating_network_id": "{{{lonely.Text("id")}}}"}}"""))
            .ShouldRefuse(400, "HTTPBadRequest", "Cannot update read-only attribute floating_network_id");
    }

    [Fact]
    public async Task Users_do_not_choose_the_address()
    {
        (await _cloud.PostAsync("/v2.0/floatingips",
            $$$"""{"floatingip": {"floating_network_id": "{{{_external.Text("id")}}}", "floating_ip_address": "203.0.113.9"}}""", project: "p1"))
            .Status.ShouldBe(403);
        JsonObject fip = await _cloud.CreateAsync("floatingip", $$"""{"floating_network_id": "{{_external.Text("id")}}"}""", project: "p1");
        fip.Text("project_id").ShouldBe("p1");
        (await _cloud.ListAsync("floatingips", project: "p2")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Lists_filter_by_port_router_network_address_and_by_nothing()
    {
        JsonObject tied = await CreateAsync($$""", "port_id": "{{_port.Text("id")}}" """);
        JsonObject free = await CreateAsync();
        foreach (string query in new[]
        {
            $"port_id={_port.Text("id")}", $"router_id={_router.Text("id")}", $"floating_ip_address={tied.Text("floating_ip_address")}",
            $"fixed_ip_address={tied.Text("fixed_ip_address")}",
        })
        {
            (await _cloud.ListAsync("floatingips", $"?{query}")).Column("id").ShouldBe([tied.Text("id")], query);
        }

        (await _cloud.ListAsync("floatingips", $"?floating_network_id={_external.Text("id")}")).Count.ShouldBe(2);
        (await _cloud.ListAsync("floatingips", "?port_id=")).Column("id").ShouldBe([free.Text("id")]);
    }

    private Task<ApiAnswer> PostAsync(string more = "") => _cloud.PostAsync(
        "/v2.0/floatingips", $$$"""{"floatingip": {"floating_network_id": "{{{_external.Text("id")}}}"{{{more}}}}}""");

    private async Task<JsonObject> CreateAsync(string more = "")
    {
        ApiAnswer answer = await PostAsync(more);
        answer.Status.ShouldBe(201, answer.Text);
        return answer.Json["floatingip"]!.AsObject();
    }

    private async Task<JsonObject> PutAsync(JsonObject fip, string body)
    {
        ApiAnswer answer = await _cloud.PutAsync($"/v2.0/floatingips/{fip.Text("id")}", $$"""{"floatingip": {{body}}}""");
        answer.Status.ShouldBe(200, answer.Text);
        return answer.Json["floatingip"]!.AsObject();
    }
}

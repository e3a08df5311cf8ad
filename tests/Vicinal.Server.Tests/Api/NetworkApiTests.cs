using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

public sealed class NetworkApiTests : IAsyncLifetime
{
    private readonly ApiCloud _cloud = new();

    public ValueTask InitializeAsync() => _cloud.InitializeAsync();

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task A_network_is_made_shown_changed_and_deleted()
    {
        JsonObject made = await _cloud.CreateAsync("network", """{"name": "blue", "description": "d"}""");
        made["status"]!.GetValue<string>().ShouldBe("ACTIVE");
        made["mtu"]!.GetValue<int>().ShouldBe(1442);
        made["provider:network_type"]!.GetValue<string>().ShouldBe("geneve");
        made["project_id"]!.GetValue<string>().ShouldBe("fake_project_id");
        made["tenant_id"]!.GetValue<string>().ShouldBe("fake_project_id");
        made["revision_number"]!.GetValue<int>().ShouldBe(1);
        string path = $"/v2.0/networks/{made["id"]}";
        ApiAnswer changed = await _cloud.PutAsync(path, """{"network": {"name": "red", "admin_state_up": "False"}}""");
        changed.Status.ShouldBe(200);
        changed.Json["network"]!["name"]!.GetValue<string>().ShouldBe("red");
        changed.Json["network"]!["admin_state_up"]!.GetValue<bool>().ShouldBeFalse();
        changed.Json["network"]!["revision_number"]!.GetValue<int>().ShouldBe(2);
        (await _cloud.GetAsync(path)).Json["network"]!["name"]!.GetValue<string>().ShouldBe("red");
        (await _cloud.DeleteAsync(path)).ShouldBe(new ApiAnswer(204, ""));
        (await _cloud.GetAsync(path)).ShouldRefuse(404, "NetworkNotFound", $"Network {made["id"]} could not be found.");
    }
}

using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

public sealed class TagApiTests : IAsyncLifetime
{
    private readonly ApiCloud _cloud = new();

    public ValueTask InitializeAsync() => _cloud.InitializeAsync();

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task Tags_are_replaced_added_removed_and_cleared()
    {
        string tags = $"/v2.0/networks/{(await _cloud.CreateAsync("network", "{}"))["id"]}/tags";
        (await _cloud.PutAsync(tags, """{"tags": ["a", "b", "a"]}""")).Json["tags"]!.ToJsonString().ShouldBe("""["a","b"]""");
        (await _cloud.SendAsync(HttpMethod.Put, $"{tags}/c", body: null)).Status.ShouldBe(201);
        (await _cloud.GetAsync($"{tags}/c")).Status.ShouldBe(204);
        (await _cloud.DeleteAsync($"{tags}/a")).Status.ShouldBe(204);
        (await _cloud.DeleteAsync($"{tags}/a")).ShouldRefuse(404, "TagNotFound", "Tag a could not be found.");
        (await _cloud.GetAsync(tags)).Json["tags"]!.ToJsonString().ShouldBe("""["b","c"]""");
        (await _cloud.DeleteAsync(tags)).Status.ShouldBe(204);
        (await _cloud.GetAsync(tags)).Json["tags"]!.AsArray().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{\"tags\": \"x\"}", "Invalid input for operation: 'x' is not a list.")]
    [InlineData("{}", "Invalid input for operation: 'None' is not a list.")]
    [InlineData("[]", "Invalid input for operation: 'None' is not a list.")]
    [InlineData("{\"tags\": [\"a,b\"]}", "Invalid input for operation: 'a,b' is not a valid tag: it has 1 to 255 characters and no comma.")]
    public async Task What_is_no_list_of_tags_is_refused(string body, string message)
    {
        string id = (await _cloud.CreateAsync("network", "{}"))["id"]!.ToString();
        (await _cloud.PutAsync($"/v2.0/networks/{id}/tags", body)).ShouldRefuse(400, "InvalidInput", message);
    }

    [Fact]
    public async Task Lists_are_filtered_by_tags()
    {
        foreach (string tags in (string[])["a", "a,b", "b", ""])
        {
            JsonObject network = await _cloud.CreateAsync("network", $$"""{"name": "{{tags}}"}""");
            string list = string.Join(',', tags.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(t => $"\"{t}\""));
            (await _cloud.PutAsync($"/v2.0/networks/{network["id"]}/tags", $$"""{"tags": [{{list}}]}""")).Status.ShouldBe(200);
        }

        (await NamesAsync("tags=a,b")).ShouldBe(["a,b"]);
        (await NamesAsync("tags=a")).ShouldBe(["a", "a,b"]);
        (await NamesAsync("tags-any=a,b")).ShouldBe(["a", "a,b", "b"]);
        (await NamesAsync("not-tags=a,b")).ShouldBe(["", "a", "b"]);
        (await NamesAsync("not-tags-any=a,b")).ShouldBe([""]);
    }

    [Fact]
    public async Task Another_projects_object_is_not_tagged()
    {
        string own = (await _cloud.CreateAsync("network", "{}", "red"))["id"]!.ToString();
        string shared = (await _cloud.CreateAsync("network", """{"shared": true}"""))["id"]!.ToString();
        (await _cloud.PutAsync($"/v2.0/networks/{own}/tags", """{"tags": ["x"]}""", "blue"))
            .ShouldRefuse(404, "TagResourceNotFound", $"Resource networks {own} could not be found.");
        (await _cloud.PutAsync($"/v2.0/networks/{shared}/tags", """{"tags": ["x"]}""", "blue")).Status.ShouldBe(403);
        (await _cloud.PutAsync($"/v2.0/networks/{own}/tags", """{"tags": ["x"]}""", "red")).Status.ShouldBe(200);
    }

    private async Task<IEnumerable<string>> NamesAsync(string query) =>
        (await _cloud.GetAsync($"/v2.0/networks?{query}")).Json["networks"]!.AsArray().Select(n => n!["name"]!.GetValue<string>()).Order(StringComparer.Ordinal);
}

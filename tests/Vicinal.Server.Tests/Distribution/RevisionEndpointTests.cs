using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Vicinal.Server.Tests.Distribution;

public sealed class RevisionEndpointTests : IAsyncLifetime
{
    private readonly HttpClient _client = new();
    private readonly TestLog _log = new();
    private ServerHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        ServerOptions options = new() { Listen = new IPEndPoint(IPAddress.Loopback, 0), Agents = new IPEndPoint(IPAddress.Loopback, 0), Store = "memory" };
        _host = await ServerHost.StartAsync(options, _log);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task A_write_tells_its_revision_and_the_revision_tells_on_which_nodes_it_is_in_force()
    {
        await using TestAgent agent = new("c1", [_host.AgentEndpoint.ToString()]);
        await agent.ConnectedAsync();
        JsonElement network = await PostAsync("networks", """{"network": {"name": "n"}}""");
        string id = network.GetProperty("network").GetProperty("id").GetString()!;
        await PostAsync("ports", $$"""{"port": {"network_id": "{{id}}", "binding:host_id": "c1"} }""");
        long revision = long.Parse(_lastRevision!, CultureInfo.InvariantCulture);
        revision.ShouldBeGreaterThan(1);
        JsonElement answer = default;
        for (int i = 0; i < 2000; i++)
        {
            answer = await _client.GetFromJsonAsync<JsonElement>(new Uri(_host.ApiEndpoint, $"/vicinal/v1/revisions/{revision}"));
            answer.GetProperty("revision").GetInt64().ShouldBe(revision);
            answer.GetProperty("nodes").GetInt32().ShouldBe(1);
            if (answer.GetProperty("applied").GetInt32() == 1)
            {
                break;
            }

            answer.GetProperty("pending")[0].GetString().ShouldBe("c1");
            await Task.Delay(5);
        }

        answer.GetProperty("applied").GetInt32().ShouldBe(1);
        answer.GetProperty("pending").GetArrayLength().ShouldBe(0);
        answer.GetProperty("milliseconds").GetDouble().ShouldBeInRange(0.001, 10_000);
        agent.Link.Revision.ShouldBeGreaterThanOrEqualTo(revision);
    }

    [Fact]
    public async Task Whoever_waits_is_answered_when_all_nodes_concerned_have_it_or_when_the_time_is_over()
    {
        TaskCompletionSource gate = new();
        await using TestAgent agent = new("c1", [_host.AgentEndpoint.ToString()], before: batch => batch.Changes.Any(c => c.Row is Vicinal.Forwarding.LocalPortRow) ? gate.Task : Task.CompletedTask);
        await agent.ConnectedAsync();
        string network = (await PostAsync("networks", """{"network": {"name": "n"}}""")).GetProperty("network").GetProperty("id").GetString()!;
        await PostAsync("ports", $$"""{"port": {"network_id": "{{network}}", "binding:host_id": "c1"} }""");
        Uri revision = new(_host.ApiEndpoint, $"/vicinal/v1/revisions/{_lastRevision}");
        JsonElement answer = await _client.GetFromJsonAsync<JsonElement>(new Uri(revision + "?wait=0.05"));
        answer.GetProperty("complete").GetBoolean().ShouldBeFalse();
        answer.GetProperty("pending")[0].GetString().ShouldBe("c1");
        answer.GetProperty("away").GetArrayLength().ShouldBe(0);

        Task<JsonElement> waiting = _client.GetFromJsonAsync<JsonElement>(new Uri(revision + "?wait=60"));
        gate.SetResult();
        answer = await waiting;
        answer.GetProperty("complete").GetBoolean().ShouldBeTrue();
        answer.GetProperty("applied").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task A_node_that_is_away_is_told_from_one_that_is_slow()
    {
        await using (TestAgent agent = new("c1", [_host.AgentEndpoint.ToString()]))
        {
            await agent.ConnectedAsync();
        }

        await Eventually.AsyncTrue(() => _host.Liveness.PresenceOf("c1") != Model.Rules.NodePresence.Present, () => "c1 is there");
        string network = (await PostAsync("networks", """{"network": {"name": "n"}}""")).GetProperty("network").GetProperty("id").GetString()!;
        await PostAsync("ports", $$"""{"port": {"network_id": "{{network}}", "binding:host_id": "c1"} }""");
        JsonElement answer = await _client.GetFromJsonAsync<JsonElement>(new Uri(_host.ApiEndpoint, $"/vicinal/v1/revisions/{_lastRevision}"));
        answer.GetProperty("away")[0].GetString().ShouldBe("c1");
    }

    [Theory]
    [InlineData("1?wait=x", "'x'")]
    [InlineData("1?wait=-1", "'-1'")]
    [InlineData("1?wait=61", "'61'")]
    [InlineData("1?wait=1e3", "'1e3'")]
    public async Task A_wait_that_is_none_is_refused(string path, string words)
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(_host.ApiEndpoint, "/vicinal/v1/revisions/" + path));
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        JsonElement error = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("NeutronError");
        error.GetProperty("message").GetString()!.ShouldStartWith("wait: " + words);
    }

    [Theory]
    [InlineData("999999", HttpStatusCode.NotFound, "RevisionNotFound")]
    [InlineData("-1", HttpStatusCode.BadRequest, "HTTPBadRequest")]
    [InlineData("x", HttpStatusCode.BadRequest, "HTTPBadRequest")]
    [InlineData("99999999999999999999999", HttpStatusCode.BadRequest, "HTTPBadRequest")]
    public async Task What_is_no_revision_is_refused_in_neutrons_words(string revision, HttpStatusCode status, string type)
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(_host.ApiEndpoint, $"/vicinal/v1/revisions/{revision}"));
        response.StatusCode.ShouldBe(status);
        JsonElement error = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("NeutronError");
        error.GetProperty("type").GetString().ShouldBe(type);
        error.GetProperty("message").GetString()!.ShouldContain(revision);
        error.GetProperty("detail").GetString().ShouldBe("");
    }

    private string? _lastRevision;

    private async Task<JsonElement> PostAsync(string collection, string body)
    {
        using StringContent content = new(body, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _client.PostAsync(new Uri(_host.ApiEndpoint, $"/v2.0/{collection}"), content);
        string text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.Created, text);
        _lastRevision = response.Headers.GetValues("X-Vicinal-Revision").Single();
        return JsonDocument.Parse(text).RootElement;
    }
}

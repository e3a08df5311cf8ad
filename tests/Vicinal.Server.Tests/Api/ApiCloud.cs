using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Protocol.Gateways;
using Vicinal.Server.Api;
using Vicinal.Server.Store;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Tests.Api;

/// <summary>An API of its own on a free port of the loopback, over a model in memory, with two agents.</summary>
public class ApiCloud : IAsyncLifetime
{
    private TopologyWriter? _writer;
    private ApiServer? _server;
    private HttpClient? _http;

    public CloudSettings Settings { get; init; } = CloudSettings.Default;

    /// <summary>Hosts that have not been heard for too long.</summary>
    public HashSet<string> Silent { get; } = [];

    /// <summary>What hosts say to be for routers' gateways.</summary>
    public Dictionary<(Guid Router, string Host), GatewayRole> Roles { get; } = [];

    public long LongestBody { get; init; } = 256 * 1024;

    public TopologyWriter Writer => _writer!;

    public Uri Endpoint => _server!.Endpoint;

    public HttpClient Http => _http!;

    public virtual async ValueTask InitializeAsync()
    {
        _writer = TopologyWriter.Open(new InMemoryStore());
        ApiServices services = new(_writer, Settings, TimeProvider.System, host => Silent.Contains(host) ? DateTimeOffset.UnixEpoch : DateTimeOffset.UtcNow)
        {
            GatewayRoleOf = (router, host) => Roles.TryGetValue((router, host), out GatewayRole role) ? role : null,
        };
        _server = await ApiServer.StartAsync(
            new ApiServerOptions(new IPEndPoint(IPAddress.Loopback, 0), LongestBody), services, NullLoggerFactory.Instance);
        _http = new HttpClient { BaseAddress = _server.Endpoint };
        await ReportAgentAsync("c1", "192.0.2.1", new BridgeMapping("physnet1", "eth1"));
        await ReportAgentAsync("c2", "192.0.2.2");
    }

    public Task ReportAgentAsync(string host, string tunnel, params BridgeMapping[] mappings) => ReportAgentAsync(new AgentReport
    {
        Host = host,
        Mode = AgentModes.DvrSnat,
        TunnelAddress = IpAddress.Parse(tunnel),
        BridgeMappings = mappings.ToValueList(),
    });

    public Task ReportAgentAsync(AgentReport report) => Writer.WriteAsync(edit => AgentRules.Report(edit, report, Settings));

    public async ValueTask DisposeAsync()
    {
        _http!.Dispose();
        await _server!.DisposeAsync();
        await _writer!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    public Task<ApiAnswer> GetAsync(string path, string? project = null) => SendAsync(HttpMethod.Get, path, body: null, project);

    public Task<ApiAnswer> DeleteAsync(string path, string? project = null) => SendAsync(HttpMethod.Delete, path, body: null, project);

    public Task<ApiAnswer> PostAsync(string path, string json, string? project = null) => SendAsync(HttpMethod.Post, path, json, project);

    public Task<ApiAnswer> PutAsync(string path, string json, string? project = null) => SendAsync(HttpMethod.Put, path, json, project);

    /// <summary>Creates one object and returns what stands under its root key.</summary>
    public async Task<JsonObject> CreateAsync(string singular, string json, string? project = null)
    {
        ApiAnswer answer = await PostAsync($"/v2.0/{singular.Replace('_', '-')}s", $$"""{"{{singular}}": {{json}}}""", project);
        answer.Status.ShouldBe(201, answer.Text);
        return answer.Json[singular]!.AsObject();
    }

    /// <param name="project">Asks as a member of this project; null asks as admin.</param>
    public async Task<ApiAnswer> SendAsync(
        HttpMethod method, string path, string? body, string? project = null, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        if (project is not null)
        {
            request.Headers.Add("X-Project-Id", project);
            request.Headers.Add("X-Roles", "member,reader");
        }

        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage response = await Http.SendAsync(request);
        response.Headers.GetValues("X-Openstack-Request-Id").ShouldHaveSingleItem().ShouldStartWith("req-");
        return new ApiAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}

public sealed record ApiAnswer(int Status, string Text)
{
    public JsonObject Json => JsonNode.Parse(Text)!.AsObject();

    public string Type => Json["NeutronError"]!["type"]!.GetValue<string>();

    public string Message => Json["NeutronError"]!["message"]!.GetValue<string>();

    public void ShouldRefuse(int status, string type, string message)
    {
        Status.ShouldBe(status, Text);
        Type.ShouldBe(type, Text);
        Message.ShouldBe(message);
        Json["NeutronError"]!["detail"]!.GetValue<string>().ShouldBe("");
    }
}

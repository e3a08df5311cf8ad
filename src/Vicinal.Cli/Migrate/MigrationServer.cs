using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vicinal.Model.Resources;

namespace Vicinal.Cli.Migrate;

/// <summary>The server's API, as far as a migration needs it. Every step may be asked for again: the server does what is left of it.</summary>
public sealed class MigrationServer(HttpClient http)
{
    private static readonly TimeSpan s_outage = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    private bool _hasAnswered;

    /// <exception cref="SettingException">No router, or more than one, has that name or id.</exception>
    public async Task<RouterState> FindRouterAsync(string nameOrId, CancellationToken stopping)
    {
        string query = Guid.TryParse(nameOrId, out Guid id) ? $"id={id}" : $"name={Uri.EscapeDataString(nameOrId)}";
        IReadOnlyList<RouterState> found = await ListRoutersAsync(query, stopping);
        return found switch
        {
            [RouterState router] => router,
            [] => throw new SettingException($"there is no router '{nameOrId}'"),
            _ => throw new SettingException($"{found.Count} routers are called '{nameOrId}'; name one by its id: {string.Join(", ", found.Select(r => r.Id))}"),
        };
    }

    /// <summary>All routers in the order of their names.</summary>
    public async Task<IReadOnlyList<RouterState>> ListRoutersAsync(string query, CancellationToken stopping)
    {
        JsonObject answer = await AskAsync(HttpMethod.Get, $"v2.0/routers?{query}", null, stopping);
        return [.. ((JsonArray)answer["routers"]!).Select(router => StateOf(router!)).OrderBy(r => r.Name, StringComparer.Ordinal).ThenBy(r => r.Id)];
    }

    public async Task<MigrationAnswer> StepAsync(RouterState router, RouterKind target, string step, CancellationToken stopping)
    {
        JsonObject body = new() { ["distributed"] = target.Distributed, ["ha"] = target.Ha, ["step"] = step };
        return (await AskAsync(HttpMethod.Put, MigrationOf(router), body, stopping)).Deserialize<MigrationAnswer>(JsonSerializerOptions.Web)!;
    }

    /// <summary>How far the router is, whoever took it there.</summary>
    public async Task<MigrationAnswer> ReadStateAsync(RouterState router, CancellationToken stopping) =>
        (await AskAsync(HttpMethod.Get, MigrationOf(router), null, stopping)).Deserialize<MigrationAnswer>(JsonSerializerOptions.Web)!;

    /// <summary>How far a write has come, told when it is everywhere or after some seconds; null for one that the server does not know.</summary>
    public async Task<RevisionState?> FindRevisionAsync(long revision, CancellationToken stopping)
    {
        try
        {
            return (await AskAsync(HttpMethod.Get, $"vicinal/v1/revisions/{revision}?wait=5", null, stopping)).Deserialize<RevisionState>(JsonSerializerOptions.Web);
        }
        catch (MigrationException e) when (e.Status == (int)HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The nodes that serve what of the router is not distributed or stand by for it, as they say of themselves.</summary>
    public async Task<IReadOnlyList<GatewayNodeState>> ReadGatewayNodesAsync(RouterState router, CancellationToken stopping)
    {
        JsonObject answer = await AskAsync(HttpMethod.Get, $"v2.0/routers/{router.Id}/l3-agents", null, stopping);
        return [.. ((JsonArray)answer["agents"]!)
            .Select(agent => (Host: (string?)agent!["host"], State: (string?)agent["ha_state"]))
            .Where(agent => agent is { Host: not null, State: not null })
            .Select(agent => new GatewayNodeState(agent.Host!, agent.State!))];
    }

    private static string MigrationOf(RouterState router) => $"vicinal/v1/routers/{router.Id}/migration";

    private static RouterState StateOf(JsonNode router) => new(
        Guid.Parse((string)router["id"]!), (string)router["name"]!, new RouterKind((bool)router["distributed"]!, (bool)router["ha"]!));

    /// <summary>A server that is away for a moment, because it is started again, is waited for.</summary>
    private async Task<JsonObject> AskAsync(HttpMethod method, string path, JsonObject? body, CancellationToken stopping)
    {
        long start = Environment.TickCount64;
        while (true)
        {
            try
            {
                return await SendAsync(method, path, body, stopping);
            }
            catch (HttpRequestException e) when (e.InnerException is SocketException or IOException)
            {
                if (!_hasAnswered)
                {
                    throw new SettingException($"no server answers at {http.BaseAddress}: {e.Message}");
                }

                if (Environment.TickCount64 - start > s_outage.TotalMilliseconds)
                {
                    throw new MigrationException($"the server at {http.BaseAddress} does not answer: {e.Message}");
                }

                await Task.Delay(s_pause, stopping);
            }
        }
    }

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken stopping)
    {
        using HttpRequestMessage request = new(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using HttpResponseMessage response = await http.SendAsync(request, stopping);
        string text = await response.Content.ReadAsStringAsync(stopping);
        _hasAnswered = true;
        JsonObject? answer;
        try
        {
            answer = text.Length == 0 ? null : JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            answer = null;
        }

        if (response.IsSuccessStatusCode && answer is not null)
        {
            return answer;
        }

        string? reason = (string?)answer?["NeutronError"]?["message"];
        throw new MigrationException(reason ?? $"the server at {http.BaseAddress} answers {(int)response.StatusCode} to {method} {path}", (int)response.StatusCode);
    }
}

/// <summary>How far a write has come.</summary>
/// <param name="Nodes">The nodes concerned.</param>
/// <param name="Milliseconds">From the write until the last of them had it in force.</param>
/// <param name="Pending">Those that have not yet.</param>
/// <param name="Away">Of these, those that the server does not hear.</param>
public sealed record RevisionState(int Nodes, double Milliseconds, IReadOnlyList<string> Pending, IReadOnlyList<string>? Away)
{
    public bool Complete => Pending.Count == 0;

    /// <summary>Who is missing, and what helps.</summary>
    public string Missing => Away is { Count: > 0 }
        ? $"{string.Join(", ", Away)} {(Away.Count == 1 ? "is" : "are")} away; start the agent there, or delete it if the node is gone"
        : $"{string.Join(", ", Pending)} did not put it in force";
}

/// <summary>One of a router's gateway nodes.</summary>
/// <param name="State">Neutron's ha_state: active, standby or unknown.</param>
public sealed record GatewayNodeState(string Host, string State)
{
    public bool IsActive => State == "active";
}

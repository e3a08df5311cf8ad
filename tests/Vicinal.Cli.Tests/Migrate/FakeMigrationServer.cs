using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vicinal.Cli.Tests.Migrate;

/// <summary>A server's answers about migrations without the rest of one: it keeps the phase as the real one does, and can be told to fail.</summary>
internal sealed class FakeMigrationServer : HttpMessageHandler
{
    private readonly Dictionary<string, FakeRouter> _routers = new(StringComparer.Ordinal);
    private int _revision = 100;

    /// <summary>Every step that changed something, as "router step".</summary>
    public List<string> Steps { get; } = [];

    /// <summary>Before each step is taken: "router step". What it throws is what the client gets.</summary>
    public Action<string> BeforeStep { get; set; } = _ => { };

    /// <summary>So many questions after a step, its nodes have it in force.</summary>
    public int QuestionsUntilApplied { get; set; } = 2;

    /// <summary>The host that never puts anything in force.</summary>
    public string? Deaf { get; set; }

    /// <summary>So many questions are not answered: the server is being started.</summary>
    public int Outage { get; set; }

    public FakeRouter Add(string name, bool distributed, bool ha)
    {
        FakeRouter router = new(Guid.NewGuid(), name) { Distributed = distributed, Ha = ha };
        _routers.Add(router.Id.ToString(), router);
        return router;
    }

    public FakeRouter this[string name] => _routers.Values.First(router => router.Name == name);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Outage > 0)
        {
            Outage--;
            throw new HttpRequestException("Connection refused", new SocketException((int)SocketError.ConnectionRefused));
        }

        string[] path = request.RequestUri!.AbsolutePath.Trim('/').Split('/');
        (int status, JsonObject answer) = path switch
        {
            ["v2.0", "routers"] => (200, List(request.RequestUri.Query)),
            ["v2.0", "routers", string, "l3-agents"] => (200, new JsonObject { ["agents"] = new JsonArray(new JsonObject { ["host"] = "g1", ["ha_state"] = "active" }) }),
            ["vicinal", "v1", "revisions", string] => (200, Revision()),
            ["vicinal", "v1", "routers", string id, "migration"] when request.Method == HttpMethod.Get => (200, Answer(_routers[id])),
            ["vicinal", "v1", "routers", string id, "migration"] => Step(_routers[id], (JsonObject)JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!),
            _ => (404, Error("no such path")),
        };
        return new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(answer.ToJsonString(), Encoding.UTF8, "application/json") };
    }

    private JsonObject List(string query)
    {
        IEnumerable<FakeRouter> found = _routers.Values.Where(router => query.Length < 2 || query == $"?name={router.Name}" || query == $"?id={router.Id}");
        return new JsonObject
        {
            ["routers"] = new JsonArray([.. found.Select(router => new JsonObject
            {
                ["id"] = router.Id.ToString(),
                ["name"] = router.Name,
                ["distributed"] = router.Distributed,
                ["ha"] = router.Ha,
            })]),
        };
    }

    private JsonObject Revision()
    {
        bool applied = QuestionsUntilApplied-- <= 0 && Deaf is null;
        return new JsonObject
        {
            ["revision"] = _revision,
            ["nodes"] = 3,
            ["applied"] = applied ? 3 : 2,
            ["milliseconds"] = 4.5,
            ["pending"] = applied ? new JsonArray() : new JsonArray(Deaf ?? "c1"),
        };
    }

    private (int Status, JsonObject Answer) Step(FakeRouter router, JsonObject body)
    {
        string step = (string)body["step"]!;
        (bool, bool) target = ((bool)body["distributed"]!, (bool)body["ha"]!);
        if (step != "plan")
        {
            BeforeStep($"{router.Name} {step}");
            if (router.Refusal is { } refusal)
            {
                return (409, Error(refusal));
            }

            Steps.Add($"{router.Name} {step}");
            QuestionsUntilApplied = 2;
            _revision++;
            router.Take(step, target);
        }

        JsonObject answer = Answer(router);
        answer["plan"] = JsonSerializer.SerializeToNode(
            new
            {
                flows = new[] { new { flow = "east-west, one node", now = (string[])["c1", "g1", "c1"], then = (string[])["c1"] } },
                changes = (string[])["ports change hands"],
                breaks = (string[])[],
                blockers = router.Blockers,
            },
            JsonSerializerOptions.Web);
        return (200, answer);
    }

    private JsonObject Answer(FakeRouter router) => JsonSerializer.SerializeToNode(
        new
        {
            phase = router.Phase,
            from = router.Phase == "none" ? null : new { distributed = router.From.Distributed, ha = router.From.Ha },
            to = router.Phase == "none" ? null : new { distributed = router.To.Distributed, ha = router.To.Ha },
            revision = _revision,
        },
        JsonSerializerOptions.Web)!.AsObject();

    private static JsonObject Error(string message) =>
        new() { ["NeutronError"] = new JsonObject { ["type"] = "Conflict", ["message"] = message, ["detail"] = "" } };
}

internal sealed record FakeRouter(Guid Id, string Name)
{
    public bool Distributed { get; set; }

    public bool Ha { get; set; }

    public string Phase { get; set; } = "none";

    public (bool Distributed, bool Ha) From { get; private set; }

    public (bool Distributed, bool Ha) To { get; private set; }

    public string[] Blockers { get; set; } = [];

    public string? Refusal { get; set; }

    public void Take(string step, (bool Distributed, bool Ha) target)
    {
        (From, To) = step == "prepare" ? ((Distributed, Ha), target) : (From, To);
        (Phase, (Distributed, Ha)) = (step, Phase) switch
        {
            ("prepare", "none") => ("prepared", From),
            ("switch", "prepared") => ("switched", To),
            ("finish", "switched") => ("none", To),
            ("abort", "switched") => ("prepared", From),
            ("abort", "prepared") => ("none", From),
            _ => throw new InvalidOperationException($"{step} in phase {Phase}"),
        };
    }
}

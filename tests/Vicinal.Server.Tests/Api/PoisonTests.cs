using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

/// <summary>Bodies and queries that nobody sends by mistake: whatever comes, the answer is a refusal and never a failure of the server.</summary>
public sealed class PoisonTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Rounds = 2000;

    private readonly ApiCloud _cloud = new();
    private string _outside = "";

    public ValueTask InitializeAsync() => _cloud.InitializeAsync();

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task No_body_makes_the_server_fail()
    {
        Random random = Seeded();
        Dictionary<string, (string Id, string[] Attributes)> kinds = await OneOfEachAsync();
        PoisonedBodies bodies = new(random, [.. kinds.Values.Select(kind => kind.Id)]);
        Dictionary<string, int> accepted = kinds.Keys.ToDictionary(kind => kind, _ => 0);
        for (int i = 0; i < Rounds; i++)
        {
            string singular = kinds.Keys.ElementAt(random.Next(kinds.Count));
            (string id, string[] attributes) = kinds[singular];
            JsonObject inner = bodies.For(attributes);
            bool put = random.Next(3) == 0;
            if (!put)
            {
                AddWhatIsRequired(random, singular, inner, kinds);
            }

            JsonNode? body = random.Next(20) == 0 ? bodies.Anything() : new JsonObject([new(singular, inner)]);
            string json = bodies.Cut(body?.ToJsonString() ?? "null");
            string? project = random.Next(8) == 0 ? "p" : null;
            ApiAnswer answer = put
                ? await _cloud.PutAsync($"{PathOf(singular)}/{id}", json, project)
                : await _cloud.PostAsync(PathOf(singular), json, project);

            // Neutron's answer when there is no VLAN left is a 503 too.
            (answer.Status < 500 || answer.Type == "NoNetworkAvailable").ShouldBeTrue($"{singular} {json}: {answer.Text}");
            accepted[singular] += answer.Status < 400 ? 1 : 0;
            (answer.Status < 400 || answer.Message.Length > 0).ShouldBeTrue(json);
        }

        output.WriteLine(string.Join(", ", accepted.Select(a => $"{a.Key} {a.Value}")));
        accepted.Values.ShouldAllBe(count => count > 0, "some of it must reach the rules");
        foreach (string singular in kinds.Keys)
        {
            (await _cloud.GetAsync(PathOf(singular))).Status.ShouldBe(200, "whatever was let in can be shown");
        }
    }

    [Fact]
    public async Task No_router_action_makes_the_server_fail()
    {
        Random random = Seeded();
        Dictionary<string, (string Id, string[] Attributes)> kinds = await OneOfEachAsync();
        PoisonedBodies bodies = new(random, [.. kinds.Values.Select(kind => kind.Id)]);
        string[] actions = ["add_router_interface", "remove_router_interface", "add_extraroutes", "remove_extraroutes", "tags"];
        string[] keys = ["subnet_id", "port_id", "router", "tags", "x"];
        for (int i = 0; i < Rounds / 4; i++)
        {
            JsonObject body = [];
            body[keys[random.Next(keys.Length)]] = random.Next(2) == 0 ? bodies.Text() : bodies.Anything();
            string path = $"/v2.0/routers/{kinds["router"].Id}/{actions[random.Next(actions.Length)]}";
            ApiAnswer answer = await _cloud.PutAsync(path, bodies.Cut(body.ToJsonString()), random.Next(4) == 0 ? "p" : null);
            answer.Status.ShouldBeLessThan(500, $"{path} {body.ToJsonString()}: {answer.Text}");
        }
    }

    [Fact]
    public async Task No_query_makes_the_server_fail()
    {
        Random random = Seeded();
        Dictionary<string, (string Id, string[] Attributes)> kinds = await OneOfEachAsync();
        string[] special = ["limit", "marker", "page_reverse", "sort_key", "sort_dir", "fields", "tags-any", ""];
        for (int i = 0; i < Rounds; i++)
        {
            string singular = kinds.Keys.ElementAt(random.Next(kinds.Count));
            string[] names = [.. kinds[singular].Attributes, .. special];
            PoisonedBodies bodies = new(random, [kinds[singular].Id, .. names]);
            string query = string.Join('&', Enumerable.Range(0, random.Next(5)).Select(_ =>
                $"{Uri.EscapeDataString(names[random.Next(names.Length)])}={Uri.EscapeDataString(bodies.Text())}"));
            ApiAnswer answer = await _cloud.GetAsync($"{PathOf(singular)}?{query}", random.Next(3) == 0 ? "p" : null);
            answer.Status.ShouldBeLessThan(500, query);
        }
    }

    [Fact]
    public async Task A_body_of_a_thousand_brackets_is_malformed()
    {
        string nested = new string('[', 1000) + new string(']', 1000);
        (await _cloud.PostAsync("/v2.0/networks", $$"""{"network": {{nested}}}""")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Unknown_paths_and_odd_escapes_are_not_found()
    {
        foreach (string path in (string[])["/v3", "/v2.0/networks/%00", "/v2.0/networks/a%2Fb", "/v2.0/ports/../../x", "/%ff", "/v2.0/networks/x/y/z"])
        {
            // What Kestrel itself refuses does not reach the API and has no body.
            using HttpResponseMessage answer = await _cloud.Http.GetAsync(path);
            ((int)answer.StatusCode).ShouldBeInRange(400, 404, path);
        }
    }

    private static string PathOf(string singular) => $"/v2.0/{singular.Replace('_', '-')}s";

    private void AddWhatIsRequired(
        Random random, string singular, JsonObject inner, Dictionary<string, (string Id, string[] Attributes)> kinds)
    {
        (string, JsonNode)[] required = singular switch
        {
            "subnet" => [("network_id", kinds["network"].Id), ("ip_version", random.Next(2) == 0 ? 4 : 6)],
            "port" => [("network_id", kinds["network"].Id)],
            "floatingip" => [("floating_network_id", _outside)],
            "security_group_rule" => [("security_group_id", kinds["security_group"].Id), ("direction", "ingress")],
            _ => [],
        };
        foreach ((string name, JsonNode value) in required)
        {
            inner[name] = value;
        }
    }

    private Random Seeded()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return new Random(seed);
    }

    private async Task<Dictionary<string, (string Id, string[] Attributes)>> OneOfEachAsync()
    {
        Dictionary<string, (string Id, string[] Attributes)> kinds = [];
        await AddAsync("network", "{}");
        await AddAsync("subnet", $$"""{"network_id": "{{kinds["network"].Id}}", "ip_version": 4, "cidr": "10.0.0.0/24"}""");
        await AddAsync("port", $$"""{"network_id": "{{kinds["network"].Id}}"}""");
        _outside = (await _cloud.CreateAsync("network", """{"router:external": true}"""))["id"]!.ToString();
        await _cloud.CreateAsync("subnet", $$"""{"network_id": "{{_outside}}", "ip_version": 4, "cidr": "203.0.113.0/24"}""");
        await AddAsync("router", $$$"""{"external_gateway_info": {"network_id": "{{{_outside}}}"}}""");
        await AddAsync("floatingip", $$"""{"floating_network_id": "{{_outside}}"}""");
        await AddAsync("security_group", "{}");
        await AddAsync("security_group_rule", $$"""{"security_group_id": "{{kinds["security_group"].Id}}", "direction": "ingress"}""");
        return kinds;

        async Task AddAsync(string singular, string json)
        {
            JsonObject made = await _cloud.CreateAsync(singular, json);
            kinds[singular] = (made["id"]!.ToString(), [.. made.Select(p => p.Key)]);
        }
    }
}

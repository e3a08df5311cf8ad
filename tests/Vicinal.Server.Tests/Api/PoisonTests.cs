using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

/// <summary>Bodies and queries that nobody sends by mistake: whatever comes, the answer is a refusal and never a failure of the server.</summary>
public sealed class PoisonTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Rounds = 1500;

    private static readonly string[] s_texts =
    [
        "", " ", "x", "true", "0", "-1", "4", "6", "4294967296", "1e400", "10.0.0.0/24", "10.0.0.5", "10.0.0.0/33", "10.0.0.0/0", "0.0.0.0",
        "255.255.255.255", "::", "::/0", "fd00::/64", "fd00::1", "::ffff:10.0.0.1", "fe80::1%eth0", "fa:16:3e:00:00:01", "ff:ff:ff:ff:ff:ff",
        "00000000-0000-0000-0000-000000000000", "{6b2b4a30-0000-4000-8000-000000000000}", "geneve", "vlan", "flat", "physnet1", "slaac",
        "dhcpv6-stateful", "network:router_interface", "compute:nova", "normal", "direct", "a\nb", "\u202e", "😀", "'; DROP TABLE ports", "../../etc/passwd", new('y', 300),
    ];

    private readonly ApiCloud _cloud = new();

    public ValueTask InitializeAsync() => _cloud.InitializeAsync();

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task No_body_makes_the_server_fail()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        string network = (await _cloud.CreateAsync("network", "{}"))["id"]!.ToString();
        string subnet = (await _cloud.CreateAsync("subnet", $$"""{"network_id": "{{network}}", "ip_version": 4, "cidr": "10.0.0.0/24"}"""))["id"]!.ToString();
        string port = (await _cloud.CreateAsync("port", $$"""{"network_id": "{{network}}"}"""))["id"]!.ToString();
        Dictionary<string, (string Id, string[] Attributes)> kinds = new()
        {
            ["network"] = (network, await AttributesAsync("network", network)),
            ["subnet"] = (subnet, await AttributesAsync("subnet", subnet)),
            ["port"] = (port, await AttributesAsync("port", port)),
        };
        string[] ids = [network, subnet, port];
        for (int i = 0; i < Rounds; i++)
        {
            string singular = Pick(random, [.. kinds.Keys]);
            (string id, string[] attributes) = kinds[singular];
            JsonObject inner = [];
            for (int n = random.Next(5); n >= 0; n--)
            {
                inner[Pick(random, attributes)] = Value(random, ids, depth: 0);
            }

            if (random.Next(3) > 0)
            {
                inner["network_id"] = network;
                inner["ip_version"] = random.Next(2) == 0 ? 4 : 6;
            }

            JsonNode? body = random.Next(20) == 0 ? Value(random, ids, depth: 0) : new JsonObject([new(singular, inner)]);
            string json = body?.ToJsonString() ?? "null";
            bool put = random.Next(3) == 0;
            string? project = random.Next(4) == 0 ? "p" : null;
            ApiAnswer answer = put
                ? await _cloud.PutAsync($"/v2.0/{singular}s/{id}", Cut(random, json), project)
                : await _cloud.PostAsync($"/v2.0/{singular}s", Cut(random, json), project);
            answer.Status.ShouldBeLessThan(500, $"{singular} {json}: {answer.Text}");
            if (answer.Status >= 400)
            {
                answer.Message.ShouldNotBeEmpty();
            }
        }

        foreach (string singular in kinds.Keys)
        {
            (await _cloud.GetAsync($"/v2.0/{singular}s")).Status.ShouldBe(200, "whatever was let in can be shown");
        }
    }

    [Fact]
    public async Task No_query_makes_the_server_fail()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        string network = (await _cloud.CreateAsync("network", "{}"))["id"]!.ToString();
        string port = (await _cloud.CreateAsync("port", $$"""{"network_id": "{{network}}"}"""))["id"]!.ToString();
        string[] names = [.. await AttributesAsync("port", port), "limit", "marker", "page_reverse", "sort_key", "sort_dir", "fields", "tags", ""];
        for (int i = 0; i < Rounds; i++)
        {
            string query = string.Join('&', Enumerable.Range(0, random.Next(5)).Select(_ =>
                $"{Uri.EscapeDataString(Pick(random, names))}={Uri.EscapeDataString(Text(random, [network, port, .. names]))}"));
            ApiAnswer answer = await _cloud.GetAsync($"/v2.0/ports?{query}", random.Next(3) == 0 ? "p" : null);
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

    private static JsonNode? Value(Random random, string[] ids, int depth) => random.Next(depth < 3 ? 10 : 6) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => random.Next(-10, 5000),
        3 => random.NextDouble() * 1e18,
        4 or 5 => Text(random, ids),
        6 or 7 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, ids, depth + 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(4))
            .Select(_ => Pick(random, ["start", "end", "subnet_id", "ip_address", "mac_address", "destination", "nexthop", "x"])).Distinct()
            .Select(name => KeyValuePair.Create(name, Value(random, ids, depth + 1)))),
    };

    private static string Text(Random random, string[] ids) => random.Next(4) == 0 ? Pick(random, ids) : Pick(random, s_texts);

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];

    /// <summary>Now and then the connection seems to break off in the middle.</summary>
    private static string Cut(Random random, string json) => random.Next(15) == 0 ? json[..random.Next(json.Length)] : json;

    private async Task<string[]> AttributesAsync(string singular, string id) =>
        [.. (await _cloud.GetAsync($"/v2.0/{singular}s/{id}")).Json[singular]!.AsObject().Select(p => p.Key)];
}

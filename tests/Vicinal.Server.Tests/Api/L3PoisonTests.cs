using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

/// <summary>Routers, floating IPs, groups, rules and agents under bodies of any shape: refused or taken, never a failure of the server.</summary>
public sealed class L3PoisonTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Rounds = 1500;

    private static readonly string[] s_texts =
    [
        "", "x", "true", "0", "-1", "1", "6", "58", "65536", "4294967296", "tcp", "ICMP", "any", "ipv6-icmp", "ingress", "egress", "IPv4", "ipv6",
        "10.0.0.0/24", "10.0.0.5/24", "10.0.0.1", "10.0.0.0/33", "0.0.0.0/0", "::/0", "fd00::1", "::ffff:10.0.0.1", "203.0.113.7", "203.0.113.1",
        "default", "Default", "nova", "host", "a\nb", "\u202e", "😀", "../../etc/passwd", new('y', 300),
    ];

    private readonly ApiCloud _cloud = new();
    private readonly List<string> _ids = [];
    private Random _random = new(0);

    public ValueTask InitializeAsync() => _cloud.InitializeAsync();

    public ValueTask DisposeAsync() => _cloud.DisposeAsync();

    [Fact]
    public async Task No_body_makes_the_server_fail()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        _random = new Random(seed);
        Dictionary<string, (string Id, string[] Attributes)> kinds = await FillAsync();
        for (int i = 0; i < Rounds; i++)
        {
            string singular = Pick([.. kinds.Keys]);
            (string id, string[] attributes) = kinds[singular];
            JsonNode? body = _random.Next(20) == 0 ? Value(0) : new JsonObject([new(singular, Object(attributes))]);
            string path = $"/v2.0/{singular.Replace('_', '-')}s";
            string? project = _random.Next(4) == 0 ? "p" : null;
            (HttpMethod method, string target, JsonNode? sent) = _random.Next(6) switch
            {
                0 => (HttpMethod.Put, $"{path}/{id}", body),
                1 => (HttpMethod.Put, $"/v2.0/routers/{Pick(_ids)}/{Pick(["add_router_interface", "remove_router_interface"])}", Object(["port_id", "subnet_id", "x"])),
                2 => (HttpMethod.Put, $"/v2.0/routers/{Pick(_ids)}/{Pick(["add_extraroutes", "remove_extraroutes"])}", body),
                _ => (HttpMethod.Post, path, body),
            };
            string json = sent?.ToJsonString() ?? "null";
            ApiAnswer answer = await _cloud.SendAsync(method, target, json, project);
            answer.Status.ShouldBeLessThan(500, $"{method} {target} {json}: {answer.Text}");
            if (answer.Status >= 400)
            {
                answer.Message.ShouldNotBeEmpty();
            }
            else if (answer.Status == 201 && answer.Json[singular]?["id"] is { } made && _ids.Count < 60)
            {
                _ids.Add(made.GetValue<string>());
            }
        }

        foreach (string singular in kinds.Keys)
        {
            (await _cloud.GetAsync($"/v2.0/{singular.Replace('_', '-')}s")).Status.ShouldBe(200, "whatever was let in can be shown");
        }
    }

    private async Task<Dictionary<string, (string Id, string[] Attributes)>> FillAsync()
    {
        (JsonObject external, _) = await _cloud.ExternalAsync();
        JsonObject router = await _cloud.CreateAsync("router", $$$"""{"external_gateway_info": {"network_id": "{{{external.Text("id")}}}"}}""");
        JsonObject inside = await _cloud.CreateAsync("network", "{}");
        JsonObject subnet = await _cloud.SubnetAsync(inside, "10.0.0.0/24");
        _ = await _cloud.JoinAsync(router, subnet);
        JsonObject port = await _cloud.PortAsync(inside);
        JsonObject fip = await _cloud.CreateAsync("floatingip", $$"""{"floating_network_id": "{{external.Text("id")}}"}""");
        JsonObject group = await _cloud.CreateAsync("security_group", """{"name": "web"}""");
        JsonObject agent = (await _cloud.ListAsync("agents"))[0]!.AsObject();
        JsonObject rule = group["security_group_rules"]![0]!.AsObject();
        _ids.AddRange(new[] { external, router, inside, subnet, port, fip, group }.Select(o => o.Text("id")));
        return new()
        {
            ["router"] = (router.Text("id"), Names(router)),
            ["floatingip"] = (fip.Text("id"), [.. Names(fip), "subnet_id"]),
            ["security_group"] = (group.Text("id"), Names(group)),
            ["security_group_rule"] = (rule.Text("id"), Names(rule)),
            ["agent"] = (agent.Text("id"), Names(agent)),
        };
    }

    /// <summary>Mostly attributes that may be written, so that the values get a hearing.</summary>
    private static string[] Names(JsonObject shown) => [.. shown.Select(p => p.Key)
        .Where(name => name is not ("id" or "created_at" or "updated_at" or "tags" or "revision_number" or "status"))];

    private JsonObject Object(string[] attributes)
    {
        JsonObject inner = [];
        for (int n = _random.Next(5); n >= 0; n--)
        {
            inner[Pick(attributes)] = Value(0);
        }

        if (attributes.Contains("direction") && _random.Next(4) > 0)
        {
            inner["security_group_id"] = Pick(_ids);
            inner["direction"] = Pick(["ingress", "egress"]);
        }

        if (attributes.Contains("floating_network_id") && _random.Next(4) > 0)
        {
            inner["floating_network_id"] = Pick(_ids);
        }

        return inner;
    }

    private JsonNode? Value(int depth) => _random.Next(depth > 2 ? 7 : 10) switch
    {
        0 => null,
        1 => _random.Next(2) == 0,
        2 => _random.Next(-2, 70000),
        3 => 1.5e300,
        4 or 5 => Pick(s_texts),
        6 => Pick(_ids),
        7 => new JsonArray([.. Enumerable.Range(0, _random.Next(4)).Select(_ => Value(depth + 1))]),
        8 => new JsonObject([.. new[] { "network_id", "enable_snat", "external_fixed_ips", "subnet_id", "ip_address", "x" }
            .Where(_ => _random.Next(3) == 0).Select(key => KeyValuePair.Create(key, Value(depth + 1)))]),
        _ => new JsonObject([.. new[] { "destination", "nexthop" }.Select(key => KeyValuePair.Create(key, Value(depth + 1)))]),
    };

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Vicinal.Bench.Measuring;

namespace Vicinal.Bench.Api;

/// <summary>
/// Clients that create ports one after the other, each waiting for its answer: a hundred on a network, five networks on a project, as
/// clouds grow. Answers are read to their end but not parsed, since the clients share the machine's cores with the server.
/// </summary>
internal sealed class PortClients : IDisposable
{
    public const int Clients = 16;

    private const int PortsOfNetwork = 100;
    private const int NetworksOfProject = 5;

    private readonly HttpClient _http;
    private readonly List<(string Project, string Network)> _networks = [];
    private int _made;

    public PortClients(Uri api) =>
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Clients, UseProxy = false }) { BaseAddress = api };

    public int Made => _made;

    /// <summary>Creates ports until there are <paramref name="total"/>.</summary>
    /// <returns>Seconds taken, and milliseconds of each request.</returns>
    public (double Seconds, Samples Latencies) CreateUpTo(int total)
    {
        while (_networks.Count * PortsOfNetwork < total)
        {
            AddNetwork();
        }

        ConcurrentBag<double> milliseconds = [];
        int next = _made;
        long start = Stopwatch.GetTimestamp();
        Task.WaitAll([.. Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            for (int i = Interlocked.Increment(ref next) - 1; i < total; i = Interlocked.Increment(ref next) - 1)
            {
                // Neighbouring requests go to different networks, as those of different users do.
                int place = _made + ((i - _made) * 7919 % (total - _made));
                milliseconds.Add(await CreatePortAsync(place, client));
            }
        }))]);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _made = total;
        Samples latencies = new();
        foreach (double one in milliseconds)
        {
            latencies.Add(one);
        }

        return (seconds, latencies);
    }

    /// <summary>Milliseconds of listing 1,000 ports, and the bytes of the answer.</summary>
    public (double Milliseconds, int Bytes) List()
    {
        long start = Stopwatch.GetTimestamp();
        byte[] answer = _http.GetByteArrayAsync("ports?limit=1000").GetAwaiter().GetResult();
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, answer.Length);
    }

    public void Dispose() => _http.Dispose();

    private async Task<double> CreatePortAsync(int place, int client)
    {
        (string project, string network) = _networks[place / PortsOfNetwork];
        string body = $$$"""{"port":{"name":"p{{{place}}}","network_id":"{{{network}}}","project_id":"{{{project}}}","device_owner":"compute:nova","device_id":"bench-{{{client}}}"}}""";
        using StringContent content = new(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage answer = await _http.PostAsync("ports", content);
        byte[] text = await answer.Content.ReadAsByteArrayAsync();
        return answer.IsSuccessStatusCode
            ? Stopwatch.GetElapsedTime(start).TotalMilliseconds
            : throw new InvalidOperationException($"a port was refused: {Encoding.UTF8.GetString(text)}");
    }

    private void AddNetwork()
    {
        int number = _networks.Count;
        string project = $"{number / NetworksOfProject:x32}";
        string network = Create("network", new JsonObject { ["name"] = $"n{number}", ["project_id"] = project });
        Create("subnet", new JsonObject
        {
            ["network_id"] = network,
            ["project_id"] = project,
            ["ip_version"] = 4,
            ["cidr"] = $"10.{number / 256}.{number % 256}.0/24",
        });
        _networks.Add((project, network));
    }

    private string Create(string kind, JsonObject body)
    {
        using StringContent content = new(new JsonObject { [kind] = body }.ToJsonString(), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = _http.PostAsync($"{kind}s", content).GetAwaiter().GetResult();
        string text = answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        return (string?)JsonNode.Parse(text)?[kind]?["id"] ?? throw new InvalidOperationException($"a {kind} was refused: {text}");
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Vicinal.Devices.Namespaces;

namespace Vicinal.Lab.Rest;

/// <summary>A refusal by the API, in the server's words.</summary>
public sealed class NeutronRefusal(int status, string type, string message) : Exception($"{status} {type}: {message}")
{
    public int Status { get; } = status;

    public string Type { get; } = type;
}

/// <summary>
/// The Neutron API as a lab needs it. Its sockets are opened inside the server's namespace, so that the lab needs no address
/// on this machine.
/// </summary>
public sealed class NeutronClient : IDisposable
{
    private readonly HttpClient _http;

    public NeutronClient(string networkNamespace, IPEndPoint server)
    {
        SocketsHttpHandler handler = new()
        {
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(Connect(networkNamespace, server)),
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri($"http://{server}/"), Timeout = TimeSpan.FromSeconds(30) };
    }

    public JsonObject Create(string collection, JsonObject body) =>
        Unwrap(Send(HttpMethod.Post, $"v2.0/{collection}", Wrap(collection, body)));

    public JsonObject Update(string collection, string id, JsonObject body) =>
        Unwrap(Send(HttpMethod.Put, $"v2.0/{collection}/{id}", Wrap(collection, body)));

    public JsonObject Get(string collection, string id) => Unwrap(Send(HttpMethod.Get, $"v2.0/{collection}/{id}", null));

    public IReadOnlyList<JsonObject> List(string collection, string query = "") =>
        [.. ((JsonArray)Send(HttpMethod.Get, $"v2.0/{collection}?{query}", null)!.First().Value!).Select(item => (JsonObject)item!)];

    /// <summary>PUT of an action such as add_router_interface.</summary>
    public JsonObject Act(string collection, string id, string action, JsonObject body) =>
        Send(HttpMethod.Put, $"v2.0/{collection}/{id}/{action}", body)!;

    public void Delete(string collection, string id) => Send(HttpMethod.Delete, $"v2.0/{collection}/{id}", null);

    /// <summary>GET of a path outside the resources.</summary>
    public JsonObject Fetch(string path) => Send(HttpMethod.Get, path, null)!;

    /// <summary>The topology's revision after the last write through this client.</summary>
    public string LastRevision { get; private set; } = "0";

    public bool Answers()
    {
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "");
            using HttpResponseMessage response = _http.Send(request);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or TaskCanceledException)
        {
            return false;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>security-group-rules to security_group_rule: the key of one object in a body.</summary>
    internal static string SingularOf(string collection) => collection[..^1].Replace('-', '_');

    private static NetworkStream Connect(string networkNamespace, IPEndPoint server)
    {
        Socket socket = NetworkNamespace.Open(networkNamespace).Run(() =>
        {
            Socket made = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            made.Connect(server);
            return made;
        });
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static JsonObject Wrap(string collection, JsonObject body) => new() { [SingularOf(collection)] = body };

    private static JsonObject Unwrap(JsonObject? answer) => (JsonObject)answer!.First().Value!;

    private JsonObject? Send(HttpMethod method, string path, JsonObject? body)
    {
        using HttpRequestMessage request = new(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using HttpResponseMessage response = _http.Send(request);
        using StreamReader reader = new(response.Content.ReadAsStream());
        string text = reader.ReadToEnd();
        JsonObject? answer = text.Length == 0 ? null : JsonNode.Parse(text) as JsonObject;
        if (response.IsSuccessStatusCode)
        {
            if (response.Headers.TryGetValues("X-Vicinal-Revision", out IEnumerable<string>? revisions))
            {
                LastRevision = revisions.First();
            }

            return answer;
        }

        JsonNode? error = answer?["NeutronError"];
        throw new NeutronRefusal((int)response.StatusCode, (string?)error?["type"] ?? "", (string?)error?["message"] ?? text);
    }
}

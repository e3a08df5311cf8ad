using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Vicinal.Lab.Rest;

/// <summary>What an agent tells of its node, over the socket in its state directory.</summary>
public static class AgentSocket
{
    /// <summary>GET of status, drops, ports, flows or neighbors.</summary>
    public static JsonNode Get(string stateDirectory, string path) => Send(stateDirectory, new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>POST of a frame to be walked.</summary>
    public static JsonNode Post(string stateDirectory, string path, byte[] body) =>
        Send(stateDirectory, new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) });

    private static JsonNode Send(string stateDirectory, HttpRequestMessage message)
    {
        using HttpRequestMessage request = message;
        using SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (_, cancellation) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(stateDirectory, "agent.sock")), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using HttpClient http = new(handler) { BaseAddress = new Uri("http://agent/") };
        using HttpResponseMessage response = http.Send(request);
        using StreamReader reader = new(response.Content.ReadAsStream());
        return JsonNode.Parse(reader.ReadToEnd())!;
    }
}

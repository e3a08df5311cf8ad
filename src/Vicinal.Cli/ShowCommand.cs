using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vicinal.Cli;

/// <summary>Asks the agent of this node about itself, over the socket in its state directory.</summary>
internal static class ShowCommand
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public static Command Build()
    {
        Argument<string> what = new("what") { Description = "status, drops, ports or neighbors." };
        what.AcceptOnlyFromAmong("status", "drops", "ports", "neighbors");
        Option<string> stateDir = new("--state-dir") { Description = "The agent's state directory.", HelpName = "DIR", DefaultValueFactory = _ => "/var/lib/vicinal" };
        Command command = new("show", "Shows what this node's agent knows: its state, drops by reason, ports, neighbours.") { what, stateDir };
        command.SetAction(async (settings, cancellation) =>
        {
            string socket = Path.Combine(settings.GetValue(stateDir)!, "agent.sock");
            try
            {
                using HttpClient agent = AgentAt(socket);
                string answer = await agent.GetStringAsync(new Uri($"http://agent/{settings.GetValue(what)}"), cancellation);
                Console.WriteLine(JsonNode.Parse(answer)!.ToJsonString(s_indented));
                return 0;
            }
            catch (Exception e) when (e is HttpRequestException or SocketException)
            {
                await Console.Error.WriteLineAsync($"vicinal show: no agent answers at {socket}: {e.GetBaseException().Message}");
                return 1;
            }
        });
        return command;
    }

    private static HttpClient AgentAt(string socketPath) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}

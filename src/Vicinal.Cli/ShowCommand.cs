using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vicinal.Cli.Show;
using Vicinal.Lab.Rest;

namespace Vicinal.Cli;

/// <summary>Asks the agent of this node about itself, over the socket in its state directory.</summary>
internal static class ShowCommand
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public static Command Build()
    {
        Argument<string> what = new("what") { Description = "status, drops, ports, flows, neighbors or gateways." };
        what.AcceptOnlyFromAmong("status", "drops", "ports", "flows", "neighbors", "gateways");
        Option<string> stateDir = new("--state-dir") { Description = "The agent's state directory.", HelpName = "DIR", DefaultValueFactory = _ => "/var/lib/vicinal" };
        Option<bool> json = new("--json") { Description = "Print JSON where there is a text for people; all else is JSON anyway." };
        Command command = new("show", "Shows what this node's agent knows: its state, drops by reason, ports, flows, neighbours, gateways.") { what, stateDir, json };
        command.SetAction(settings =>
        {
            string directory = settings.GetValue(stateDir)!;
            try
            {
                string subject = settings.GetValue(what)!;
                JsonNode answer = AgentSocket.Get(directory, subject);
                Console.WriteLine(subject == "gateways" && !settings.GetValue(json) ? GatewayText.Render(answer) : answer.ToJsonString(s_indented));
                return 0;
            }
            catch (Exception e) when (e is HttpRequestException or SocketException)
            {
                Console.Error.WriteLine($"vicinal show: no agent answers at {Path.Combine(directory, "agent.sock")}: {e.GetBaseException().Message}");
                return 1;
            }
        });
        return command;
    }
}

using System.Text.Json.Nodes;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Rest;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>
/// Follows one frame from node to node by asking each agent for its walk: the same walk that forwards, with the sink that records.
/// Nothing is sent.
/// </summary>
public static class PathTracer
{
    private const int MostNodes = 6;

    public static byte[] Udp(Instance source, MacAddress nextHop, IpAddress from, IpAddress to, byte ttl = 64) =>
        Udp(source.Mac, nextHop, from, to, ttl);

    public static byte[] Udp(MacAddress source, MacAddress nextHop, IpAddress from, IpAddress to, byte ttl = 64) =>
        PacketBuilder.Udp(new FrameEnds(source, nextHop, from, to), 40_000, DemoTopology.EchoPort, "vicinal"u8, ttl);

    public static IReadOnlyList<FlowHop> Follow(FlowContext context, Instance source, byte[] frame)
    {
        List<FlowHop> hops = [];
        string node = source.Node;
        string query = $"port={source.PortId}";
        for (int i = 0; i < MostNodes; i++)
        {
            JsonObject walk = Ask(context, node, query, frame);
            JsonObject? output = walk["outputs"]?.AsArray().FirstOrDefault() as JsonObject;
            hops.Add(new FlowHop(node, Steps(walk), Leaves(context, walk, output)));
            if (output is null || (string?)output["kind"] != "Tunnel")
            {
                break;
            }

            string remote = (string)output["remote"]!;
            frame = Convert.FromBase64String((string)output["frame"]!);
            query = $"tunnel={context.Cloud.Plan.UnderlayAddress(context.Cloud.Plan.Nodes.First(n => n.Name == node))}";
            node = context.Cloud.Plan.Nodes.First(n => context.Cloud.Plan.UnderlayAddress(n).ToString() == remote).Name;
        }

        return hops;
    }

    private static List<FlowStep> Steps(JsonObject walk) => [.. (walk["steps"]?.AsArray() ?? []).Select(step =>
        new FlowStep((string)step!["stage"]!, (string)step["what"]!, Rewrites((string?)step["before"], (string?)step["after"])))];

    /// <summary>The agents write headers as words in a fixed order; the words that differ are what was rewritten.</summary>
    private static List<string> Rewrites(string? before, string? after)
    {
        string[] old = before?.Split(' ') ?? [];
        string[] now = after?.Split(' ') ?? [];
        if (old.Length != now.Length)
        {
            return [];
        }

        return [.. old.Zip(now).Select((pair, i) => (Pair: pair, Label: i > 0 && old[i - 1] == "ttl" ? "TTL " : ""))
            .Where(word => word.Pair.First != word.Pair.Second)
            .Select(word => $"{word.Label}{word.Pair.First} -> {word.Pair.Second}")];
    }

    private static string Leaves(FlowContext context, JsonObject walk, JsonObject? output)
    {
        if (walk["error"] is { } error)
        {
            return $"no walk: {error}";
        }

        if (output is null)
        {
            return (string?)walk["drop_reason"] is { } reason ? $"dropped: {reason}" : $"{walk["disposition"]}";
        }

        return (string?)output["kind"] switch
        {
            "Port" => $"to {context.Cloud.Instances.Values.FirstOrDefault(i => i.PortId.ToString() == (string?)output["port"])?.Name ?? "a port"}",
            "Tunnel" => $"Geneve to {context.Cloud.Plan.Nodes.First(n => context.Cloud.Plan.UnderlayAddress(n).ToString() == (string?)output["remote"]).Name}",
            "Physical" => "out of the external NIC",
            _ => "to the node's own stack",
        };
    }

    private static JsonObject Ask(FlowContext context, string node, string query, byte[] frame) =>
        (JsonObject)AgentSocket.Post(context.Cloud.StateOf(node), $"trace?{query}", frame);
}

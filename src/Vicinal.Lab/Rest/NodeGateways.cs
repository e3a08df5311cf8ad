using System.Text.Json.Nodes;

namespace Vicinal.Lab.Rest;

/// <summary>What one node is for one router, as its agent tells.</summary>
/// <param name="Role">"active", "standby", or what it does in between.</param>
/// <param name="Active">The node that serves, as this one knows it.</param>
/// <param name="Eligible">It could serve: its data path goes, and it reaches the outside.</param>
/// <param name="Replicated">It has the connections of the node that serves.</param>
public sealed record NodeGateway(string Role, string? Active, string Epoch, bool Eligible, bool Replicated);

/// <summary>A node's part in who serves which router's gateway, as its agent tells.</summary>
/// <param name="Downs">How often a session of BFD was up and went down.</param>
/// <param name="Stalls">How often its gateway thread was so late at a timer: the end of each bucket in microseconds, and its count.</param>
public sealed record NodeGateways(string Node, IReadOnlyDictionary<string, NodeGateway> Routers, int Downs, IReadOnlyList<(long End, long Count)> Stalls)
{
    public static NodeGateways Read(string node, string stateDirectory)
    {
        JsonNode gateways = AgentSocket.Get(stateDirectory, "gateways");
        return new NodeGateways(
            node,
            gateways["routers"]!.AsArray().ToDictionary(router => (string)router!["router"]!, router => new NodeGateway(
                (string)router!["role"]!, (string?)router["active"], (string)router["epoch"]!, (bool)router["eligible"]!, (bool)router["replicated"]!)),
            gateways["bfd"]!.AsArray().Sum(peer => (int)peer!["downs"]!),
            [.. gateways["stalls"]!["buckets"]!.AsArray().Select(bucket => ((long)bucket![0]!, (long)bucket[1]!))]);
    }
}

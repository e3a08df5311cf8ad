using Vicinal.Lab;
using Vicinal.Lab.Rest;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Traffic;

/// <summary>What the nodes' agents list of the flows that carried something between some addresses.</summary>
public static class FlowLedger
{
    /// <summary>Flows of one protocol whose source or destination is one of the addresses, and that had so many packets.</summary>
    public static IReadOnlyList<CachedFlow> Busy(LabCloud cloud, byte protocol, long packets, params IpAddress[] addresses) =>
        [.. cloud.Plan.Nodes.SelectMany(node => CachedFlow.Read(node.Name, cloud.StateOf(node.Name)))
            .Where(flow => flow.Packets >= packets && flow.Key.EndsWith($" proto {protocol}", StringComparison.Ordinal))
            .Where(flow => addresses.Any(address => Names(flow.Key, address)))];

    /// <summary>A key reads "... SOURCE:PORT > DESTINATION:PORT proto N".</summary>
    private static bool Names(string key, IpAddress address) =>
        key.Contains($" {address}:", StringComparison.Ordinal);
}

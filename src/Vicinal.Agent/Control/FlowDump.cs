using System.Text.Json.Nodes;
using Vicinal.Datapath;
using Vicinal.Datapath.Flows;

namespace Vicinal.Agent.Control;

/// <summary>
/// GET /flows: the cached flows, where each is carried, and how many of its packets the kernel and the agent had. A super-packet counts as its segments.
/// </summary>
internal static class FlowDump
{
    public static JsonArray Render(DataPath dataPath, int most)
    {
        long now = DataPathThread.Now;
        return [.. dataPath.ReadFlows().Take(most).Select(flow => Render(flow, dataPath, now))];
    }

    private static JsonObject Render(FlowView flow, DataPath dataPath, long now)
    {
        FlowEntry entry = flow.Entry;
        return new JsonObject
        {
            ["key"] = entry.Key.ToString(),
            ["output"] = Output(entry.Action, dataPath),
            ["where"] = entry.IsMirrored ? "kernel" : "agent",
            ["packets"] = entry.Packets,
            ["bytes"] = entry.Bytes,
            ["kernel_packets"] = entry.MirroredPackets,
            ["kernel_bytes"] = entry.MirroredBytes,
            ["agent_packets"] = entry.Packets - entry.MirroredPackets,
            ["agent_bytes"] = entry.Bytes - entry.MirroredBytes,
            ["idle_ms"] = Math.Max(0, now - flow.LastUsed),
        };
    }

    private static string Output(in FlowAction action, DataPath dataPath) => action.OutputKind switch
    {
        FlowOutputKind.Port => $"port {dataPath.DeviceName((int)action.OutputIndex)}",
        FlowOutputKind.Tunnel => $"tunnel {action.TunnelRemote} {action.Encapsulation.ToString().ToLowerInvariant()} {action.Vni}",
        FlowOutputKind.Physical => $"physical {dataPath.PhysicalName((int)action.OutputIndex)}",
        FlowOutputKind.Host => $"host {dataPath.PhysicalName((int)action.OutputIndex)}",
        _ => $"drop {action.DropReason}",
    };
}

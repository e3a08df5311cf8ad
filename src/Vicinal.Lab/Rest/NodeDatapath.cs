using System.Text.Json.Nodes;

namespace Vicinal.Lab.Rest;

/// <summary>What a node's kernel programs have done with packets since their maps were made. A super-packet counts once.</summary>
/// <param name="Forwarded">Carried by an entry.</param>
/// <param name="New">To the agent: no entry.</param>
/// <param name="Stale">To the agent: what the entry rests on has changed.</param>
/// <param name="Refused">To the agent: the entry does not fit the packet.</param>
/// <param name="Unusual">To the agent: what never has an entry, such as ARP.</param>
/// <param name="Lost">Dropped by a limit, or by the kernel half way.</param>
public sealed record KernelCounts(long Forwarded, long New, long Stale, long Refused, long Unusual, long Lost)
{
    public static KernelCounts None { get; } = new(0, 0, 0, 0, 0, 0);

    /// <summary>Packets of flows that went to the agent: all but what never has an entry.</summary>
    public long Decided => New + Stale + Refused;

    /// <summary>Of the packets of flows, those that an entry carried, from 0 to 1.</summary>
    public double Share => Forwarded == 0 ? 0 : (double)Forwarded / (Forwarded + Decided);

    public static KernelCounts operator +(KernelCounts a, KernelCounts b) =>
        new(a.Forwarded + b.Forwarded, a.New + b.New, a.Stale + b.Stale, a.Refused + b.Refused, a.Unusual + b.Unusual, a.Lost + b.Lost);

    public static KernelCounts operator -(KernelCounts a, KernelCounts b) =>
        new(a.Forwarded - b.Forwarded, a.New - b.New, a.Stale - b.Stale, a.Refused - b.Refused, a.Unusual - b.Unusual, a.Lost - b.Lost);

    internal static KernelCounts Read(JsonNode counters)
    {
        long Of(string name) => (long?)counters[name] ?? 0;
        return new KernelCounts(
            Of("forwarded"), Of("upcalls_new"), Of("upcalls_stale"), Of("upcalls_refused"), Of("upcalls_unusual"),
            Of("limited_source") + Of("limited_flow") + Of("failed"));
    }
}

/// <summary>Who carries a node's packets, as its agent tells.</summary>
/// <param name="Kind">ebpf or userspace.</param>
/// <param name="Attach">How programs are attached: tcx or clsact; null in userspace.</param>
/// <param name="PinRefusal">Why nothing outlives the agent, when nothing does.</param>
/// <param name="TunnelDevices">Devices that push and pop super-packets whole.</param>
/// <param name="Counts">Null in userspace.</param>
public sealed record NodeDatapath(string Node, string Kind, string? Attach, bool Pinned, string? PinRefusal, bool Adopted, IReadOnlyList<string> TunnelDevices, KernelCounts? Counts)
{
    public static NodeDatapath Read(string node, string stateDirectory)
    {
        JsonNode status = AgentSocket.Get(stateDirectory, "status");
        JsonNode? kernel = status["kernel"];
        return new NodeDatapath(
            node, (string)status["datapath"]!, (string?)kernel?["attach"], (bool?)kernel?["pinned"] ?? false, (string?)kernel?["pin_refusal"],
            (bool?)kernel?["adopted"] ?? false, [.. kernel?["tunnel_devices"]?.AsArray().Select(device => (string)device!) ?? []],
            kernel?["counters"] is { } counters ? KernelCounts.Read(counters) : null);
    }
}

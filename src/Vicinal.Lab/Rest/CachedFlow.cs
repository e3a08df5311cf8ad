namespace Vicinal.Lab.Rest;

/// <summary>One cached flow of a node, as its agent lists it. Packets are counted by segment.</summary>
/// <param name="Key">Its input, addresses, ports and protocol as text.</param>
/// <param name="InKernel">The kernel has an entry for it now.</param>
/// <param name="KernelPackets">Those of <paramref name="Packets"/> that the kernel carried.</param>
public sealed record CachedFlow(string Node, string Key, bool InKernel, long Packets, long KernelPackets)
{
    public static IReadOnlyList<CachedFlow> Read(string node, string stateDirectory) =>
        [.. AgentSocket.Get(stateDirectory, "flows").AsArray().Select(flow => new CachedFlow(
            node, (string)flow!["key"]!, (string?)flow["where"] == "kernel", (long)flow["packets"]!, (long?)flow["kernel_packets"] ?? 0))];
}

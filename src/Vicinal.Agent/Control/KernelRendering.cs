using System.Text.Json.Nodes;
using Vicinal.Agent.Kernel;
using Vicinal.Ebpf;

namespace Vicinal.Agent.Control;

/// <summary>The kernel fast path's part of GET /status.</summary>
internal static class KernelRendering
{
    public static JsonObject Render(KernelStatus kernel) => new()
    {
        ["attach"] = kernel.Attach.ToString().ToLowerInvariant(),
        ["pinned"] = kernel.Pinned,
        ["pin_refusal"] = kernel.PinRefusal,
        ["adopted"] = kernel.Adopted,
        ["tunnel_interface"] = kernel.TunnelInterface,
        ["tunnel_devices"] = new JsonArray([.. kernel.TunnelDevices.Select(name => (JsonNode)name)]),
        ["upcalls_received"] = kernel.Upcalls,
        ["upcalls_ignored"] = kernel.Ignored,
        ["counters"] = Render(kernel.Counters),
    };

    private static JsonObject Render(FastPathCounters counters) => new()
    {
        ["forwarded"] = counters.Forwarded,
        ["dropped"] = counters.Dropped,
        ["upcalls"] = counters.Upcalls,
        ["upcalls_new"] = counters.UpcallsNew,
        ["upcalls_stale"] = counters.UpcallsStale,
        ["upcalls_refused"] = counters.UpcallsRefused,
        ["upcalls_unusual"] = counters.UpcallsUnusual,
        ["limited_source"] = counters.LimitedSource,
        ["limited_flow"] = counters.LimitedFlow,
        ["failed"] = counters.Failed,
        ["by_device"] = counters.ByDevice,
        ["answered"] = counters.Answered,
    };
}

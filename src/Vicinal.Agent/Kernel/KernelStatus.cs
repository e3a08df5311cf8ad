using Vicinal.Ebpf;

namespace Vicinal.Agent.Kernel;

/// <summary>What the kernel fast path tells about itself.</summary>
/// <param name="PinRefusal">Why nothing is pinned, when it is not.</param>
/// <param name="TunnelInterface">The NIC that tunnel packets come in by.</param>
/// <param name="TunnelDevices">The collect-metadata devices in use.</param>
/// <param name="Adopted">It goes on with what an earlier agent left.</param>
/// <param name="Upcalls">Packets that came up to this agent.</param>
/// <param name="Ignored">Frames on the tap that no program sent.</param>
public sealed record KernelStatus(
    AttachmentMode Attach,
    bool Pinned,
    string? PinRefusal,
    string TunnelInterface,
    IReadOnlyList<string> TunnelDevices,
    bool Adopted,
    FastPathCounters Counters,
    long Upcalls,
    long Ignored);

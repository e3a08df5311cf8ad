namespace Vicinal.Ebpf;

/// <summary>Whether the kernel lets this process do something, found out by doing it.</summary>
/// <param name="Name">For people, for example "tcx links".</param>
/// <param name="Needs">The kernel that has it, for example "Linux 6.6".</param>
/// <param name="Reason">What went wrong; null when nothing did.</param>
public sealed record KernelFeature(string Name, string Needs, string? Reason)
{
    public bool IsAvailable => Reason is null;
}

/// <summary>What this kernel offers to a fast path, within this process's rights. Versions say little: distributions port features back, and leave modules out.</summary>
public sealed record KernelFeatures
{
    /// <summary>bpf(2): make a map and load a tc program. Without it nothing else is there.</summary>
    public required KernelFeature SystemCall { get; init; }

    /// <summary>Maps and links can be pinned, so that they outlive the process.</summary>
    public required KernelFeature FileSystem { get; init; }

    /// <summary><see cref="AttachmentMode.Tcx"/>.</summary>
    public required KernelFeature TcxLinks { get; init; }

    /// <summary><see cref="AttachmentMode.Clsact"/>.</summary>
    public required KernelFeature ClsactFilters { get; init; }

    public required KernelFeature MappedArrays { get; init; }

    public required KernelFeature BatchOperations { get; init; }

    /// <summary>bpf_skb_adjust_room that makes room for a UDP tunnel and its inner Ethernet header.</summary>
    public required KernelFeature TunnelEncapsulation { get; init; }

    /// <summary>bpf_redirect_neigh.</summary>
    public required KernelFeature RedirectNeighbour { get; init; }

    /// <summary>bpf_redirect_peer.</summary>
    public required KernelFeature RedirectPeer { get; init; }

    /// <summary>A VXLAN device that takes its addresses from each packet's metadata.</summary>
    public required KernelFeature VxlanDevice { get; init; }

    /// <summary>The same for Geneve.</summary>
    public required KernelFeature GeneveDevice { get; init; }

    public IEnumerable<KernelFeature> All =>
    [
        SystemCall, FileSystem, TcxLinks, ClsactFilters, MappedArrays, BatchOperations,
        TunnelEncapsulation, RedirectNeighbour, RedirectPeer, VxlanDevice, GeneveDevice,
    ];

    /// <summary>Tries everything; takes some milliseconds and leaves nothing behind. Devices and mounts are made where nobody sees them.</summary>
    public static KernelFeatures Probe() => new()
    {
        SystemCall = Try("bpf(2)", "Linux 4.10", KernelProbes.Load),
        FileSystem = Try("bpffs", "Linux 4.4", KernelProbes.MountFileSystem),
        TcxLinks = Try("tcx links", "Linux 6.6", () => KernelProbes.Attach(AttachmentMode.Tcx)),
        ClsactFilters = Try("clsact and cls_bpf", "Linux 4.5", () => KernelProbes.Attach(AttachmentMode.Clsact)),
        MappedArrays = Try("arrays mapped into memory", "Linux 5.5", KernelProbes.MapArray),
        BatchOperations = Try("batch operations on maps", "Linux 5.6", KernelProbes.UseBatches),
        TunnelEncapsulation = Try("adjust_room with ENCAP_L2_ETH", "Linux 5.13", KernelProbes.Encapsulate),
        RedirectNeighbour = Try("redirect_neigh", "Linux 5.10", KernelProbes.RedirectNeighbour),
        RedirectPeer = Try("redirect_peer", "Linux 5.10", KernelProbes.RedirectPeer),
        VxlanDevice = Try("vxlan device with metadata", "Linux 4.3", KernelProbes.MakeVxlan),
        GeneveDevice = Try("geneve device with metadata", "Linux 4.4", KernelProbes.MakeGeneve),
    };

    private static KernelFeature Try(string name, string needs, Action probe)
    {
        try
        {
            probe();
            return new KernelFeature(name, needs, Reason: null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return new KernelFeature(name, needs, e.Message);
        }
    }
}

using Vicinal.Packets;

namespace Vicinal.Ebpf;

/// <summary>How programs are attached.</summary>
public enum AttachChoice
{
    /// <summary>tcx where the kernel has it.</summary>
    Auto,
    Tcx,
    Clsact,
}

/// <summary>What the kernel fast path of a node is told once.</summary>
public sealed record FastPathSettings
{
    /// <summary>On a bpffs; null: nothing outlives the process.</summary>
    public string? PinDirectory { get; init; }

    public AttachChoice Attach { get; init; } = AttachChoice.Auto;

    public required IpAddress TunnelAddress { get; init; }

    /// <summary>The interface that has the tunnel address.</summary>
    public required int TunnelInterface { get; init; }

    /// <summary>Of the prefix that the tunnel address is in on that interface: far ends in it are neighbours. 0: the kernel looks the way up for each packet.</summary>
    public int TunnelPrefixLength { get; init; }

    /// <summary>Tunnels by GRE end here, too; otherwise IP protocol 47 is the host's.</summary>
    public bool HasGre { get; init; }

    /// <summary>Entries at most.</summary>
    public int Flows { get; init; } = 1 << 18;

    /// <summary>Connections whose records outlive the agent.</summary>
    public int Connections { get; init; } = 1 << 18;

    /// <summary>Straight into a veth guest's namespace (bpf_redirect_peer): cheaper, and unseen by tcpdump on the host side.</summary>
    public bool PeerDelivery { get; init; }

    /// <summary>Upcalls a second of one port, or to one destination from elsewhere.</summary>
    public int UpcallsPerSecond { get; init; } = 50_000;

    /// <summary>Packets of one undecided flow that go up within <see cref="PendingWindow"/>.</summary>
    public int PendingPackets { get; init; } = 128;

    public TimeSpan PendingWindow { get; init; } = TimeSpan.FromMilliseconds(4);

    /// <summary>Of hashes over what guests send.</summary>
    public ulong Seed { get; init; }
}

using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Layout;

/// <summary>struct config: what the programs are told. One for all of them.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct KernelConfig
{
    public const int Size = 72;

    [FieldOffset(0)]
    public IpAddress TunnelLocal;

    [FieldOffset(16)]
    public uint TunnelInterface;

    [FieldOffset(20)]
    public uint UpcallInterface;

    /// <summary>Collect-metadata devices; 0 where there is none.</summary>
    [FieldOffset(24)]
    public uint VxlanInterface;

    [FieldOffset(28)]
    public uint GeneveInterface;

    /// <summary>Nanoseconds between the upcalls of one source, in the long run.</summary>
    [FieldOffset(32)]
    public uint UpcallInterval;

    /// <summary>Nanoseconds that a source may be ahead of that.</summary>
    [FieldOffset(36)]
    public uint UpcallBurst;

    /// <summary>Nanoseconds from an undecided flow's first upcall until it is counted anew.</summary>
    [FieldOffset(40)]
    public uint PendingWindow;

    [FieldOffset(44)]
    public uint PendingPackets;

    [FieldOffset(48)]
    public ulong Seed;

    [FieldOffset(56)]
    public uint PeerDelivery;

    [FieldOffset(60)]
    public ushort TunnelPortLow;

    [FieldOffset(62)]
    public ushort TunnelPortHigh;

    [FieldOffset(64)]
    public uint Epoch;

    /// <summary>Of the generations: nanoseconds of the monotonic clock when the agent was last heard of.</summary>
    [FieldOffset(68)]
    public uint HeartbeatSlot;
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Layout;

/// <summary>struct config: what the programs are told. One for all of them.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct KernelConfig
{
    public const int Size = 96;

    [FieldOffset(0)]
    public IpAddress TunnelLocal;

    /// <summary>Mask of the prefix in which far ends are neighbours; zero: the kernel looks the way up for each packet.</summary>
    [FieldOffset(16)]
    public IpAddress OnLink;

    [FieldOffset(32)]
    public uint TunnelInterface;

    [FieldOffset(36)]
    public uint UpcallInterface;

    /// <summary>Collect-metadata devices; 0 where there is none.</summary>
    [FieldOffset(40)]
    public uint VxlanInterface;

    [FieldOffset(44)]
    public uint GeneveInterface;

    /// <summary>Nanoseconds between the upcalls of one source, in the long run.</summary>
    [FieldOffset(48)]
    public uint UpcallInterval;

    /// <summary>Nanoseconds that a source may be ahead of that.</summary>
    [FieldOffset(52)]
    public uint UpcallBurst;

    /// <summary>Nanoseconds from an undecided flow's first upcall until it is counted anew.</summary>
    [FieldOffset(56)]
    public uint PendingWindow;

    [FieldOffset(60)]
    public uint PendingPackets;

    [FieldOffset(64)]
    public ulong Seed;

    [FieldOffset(72)]
    public ushort PeerDelivery;

    /// <summary>0: IP protocol 47 is the host's.</summary>
    [FieldOffset(74)]
    public ushort HasGre;

    [FieldOffset(76)]
    public ushort TunnelPortLow;

    [FieldOffset(78)]
    public ushort TunnelPortHigh;

    [FieldOffset(80)]
    public uint Epoch;

    /// <summary>Of the generations: nanoseconds of the monotonic clock when the agent was last heard of.</summary>
    [FieldOffset(84)]
    public uint HeartbeatSlot;

    /// <summary>Of the generations: nanoseconds of the monotonic clock until when each lease holds.</summary>
    [FieldOffset(88)]
    public KernelLeaseSlots LeaseSlots;
}

/// <summary>By <see cref="LeaseKind"/>, which counts from 1.</summary>
[InlineArray(Count)]
internal struct KernelLeaseSlots
{
    public const int Count = 2;

    private uint _first;
}

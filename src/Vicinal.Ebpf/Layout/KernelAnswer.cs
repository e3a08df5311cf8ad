using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Layout;

/// <summary>struct answer_key: where an address was asked for.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct KernelAnswerKey
{
    public const int Size = 24;

    [FieldOffset(0)]
    public IpAddress Target;

    [FieldOffset(16)]
    public uint InputIndex;

    /// <summary>The id alone.</summary>
    [FieldOffset(20)]
    public ushort Vlan;

    [FieldOffset(22)]
    public byte InputKind;
}

/// <summary>struct stamp: a generation slot and the value that it had.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
public struct KernelStamp
{
    [FieldOffset(0)]
    public uint Slot;

    [FieldOffset(4)]
    public uint Value;
}

[InlineArray(KernelAnswer.MaxStamps)]
internal struct KernelStamps
{
    private KernelStamp _first;
}

/// <summary>struct answer: who has the address, and what that rests on.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct KernelAnswer
{
    public const int Size = 48;
    public const int MaxStamps = 4;

    [FieldOffset(0)]
    public ushort MacFirst;

    [FieldOffset(2)]
    public uint MacRest;

    [FieldOffset(6)]
    public byte IsRouter;

    [FieldOffset(7)]
    public byte StampCount;

    /// <summary>A <see cref="LeaseKind"/>, without which nobody may repeat it; 0: it rests on none.</summary>
    [FieldOffset(8)]
    public byte Lease;

    [FieldOffset(16)]
    public KernelStamps Stamps;
}

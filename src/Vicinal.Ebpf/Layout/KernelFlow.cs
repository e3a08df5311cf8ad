using System.Runtime.InteropServices;

namespace Vicinal.Ebpf.Layout;

/// <summary>What stands in front of an entry's action (struct flow): written by the programs, but for epoch and slot.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct KernelFlow
{
    public const int Size = 32;

    /// <summary>A flow's key (FlowKey), and its action (FlowAction) behind these fields.</summary>
    public const int KeySize = 64;
    public const int ActionSize = 224;
    public const int ValueSize = Size + ActionSize;

    /// <summary>A super-packet counts as the segments it is cut into.</summary>
    [FieldOffset(0)]
    public ulong Packets;

    /// <summary>Of layer 3.</summary>
    [FieldOffset(8)]
    public ulong Bytes;

    /// <summary>Nanoseconds of the monotonic clock; 0 when no packet has passed.</summary>
    [FieldOffset(16)]
    public ulong LastSeen;

    /// <summary>The flags of all packets together.</summary>
    [FieldOffset(24)]
    public ushort TcpFlags;

    /// <summary>Of the agent that put it.</summary>
    [FieldOffset(26)]
    public ushort Epoch;

    /// <summary>In that agent's flow cache.</summary>
    [FieldOffset(28)]
    public uint Slot;
}

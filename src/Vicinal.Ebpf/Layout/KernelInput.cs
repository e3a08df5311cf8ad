using System.Runtime.InteropServices;

namespace Vicinal.Ebpf.Layout;

/// <summary>What an interface is to the programs and to an agent that finds it after a restart.</summary>
[Flags]
internal enum InputKinds : uint
{
    None = 0,
    Tunnel = 1,
    Physical = 2,
    Port = 4,

    /// <summary>A collect-metadata tunnel device.</summary>
    Device = 8,

    /// <summary>A veth, whose other end can be handed packets directly.</summary>
    HasPeer = 16,
}

/// <summary>struct input.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct KernelInput
{
    public const int Size = 8;

    [FieldOffset(0)]
    public InputKinds Kinds;

    [FieldOffset(4)]
    public uint Physical;
}

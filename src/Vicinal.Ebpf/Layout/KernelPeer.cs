using System.Runtime.InteropServices;

namespace Vicinal.Ebpf.Layout;

/// <summary>struct peer: a node at the far end of tunnels, by the number that flow keys carry.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct KernelPeer
{
    public const int Size = 8;

    [FieldOffset(0)]
    public uint Number;
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vicinal.Ebpf.Layout;

[InlineArray(16)]
internal struct GatewayBytes
{
    private byte _first;
}

/// <summary>struct peer: a node at the far end of tunnels.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct KernelPeer
{
    public const int Size = 24;

    [FieldOffset(0)]
    public uint Number;

    /// <summary>AF_INET or AF_INET6; 0: the kernel looks the way up for each packet.</summary>
    [FieldOffset(4)]
    public uint GatewayFamily;

    /// <summary>The next hop in network order; of IPv4 the first four bytes.</summary>
    [FieldOffset(8)]
    public GatewayBytes Gateway;
}

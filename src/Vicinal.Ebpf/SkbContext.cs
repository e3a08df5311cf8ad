using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vicinal.Ebpf;

/// <summary>
/// struct __sk_buff, as far as a test run takes and gives it back: what a tc program sees of a packet beside its bytes. The fields between these must be
/// zero on the way in and are so on the way out.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
public struct SkbContext
{
    [FieldOffset(8)] public uint Mark;
    [FieldOffset(32)] public uint Priority;

    /// <summary>Where the packet came in.</summary>
    [FieldOffset(36)] public uint IngressIfIndex;

    /// <summary>The device that runs the program: one of the calling thread's namespace; 0 stands for its loopback.</summary>
    [FieldOffset(40)] public uint IfIndex;
    [FieldOffset(48)] public ControlBlock Control;

    /// <summary>Nanoseconds.</summary>
    [FieldOffset(152)] public ulong Timestamp;

    /// <summary>Bytes with what segmentation will add; in: 0, or at least the packet's length.</summary>
    [FieldOffset(160)] public uint WireLength;
    [FieldOffset(164)] public uint GsoSegments;

    /// <summary>Payload bytes of each segment; with it a packet counts as a GSO packet.</summary>
    [FieldOffset(176)] public uint GsoSize;

    /// <summary>Nanoseconds.</summary>
    [FieldOffset(184)] public ulong HardwareTimestamp;

    /// <summary>cb[5]: five words that programs on the same packet share.</summary>
    [InlineArray(5)]
    public struct ControlBlock
    {
        private uint _first;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vicinal.Datapath.Flows;

/// <summary>
/// Memory for tables whose records are laid out in cache lines: zeroed, never moved, and starting at a line, so that a record costs the
/// lines that it has and not one more.
/// </summary>
internal static unsafe class CacheLines
{
    public const int Size = 64;

    /// <param name="start">Valid as long as the array that is returned is referenced.</param>
    public static byte[] Allocate(long bytes, out void* start)
    {
        byte[] memory = GC.AllocateArray<byte>(checked((int)(bytes + Size)), pinned: true);
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory));
        start = (void*)((address + Size - 1) & ~(nuint)(Size - 1));
        return memory;
    }
}

using System.Runtime.InteropServices;

namespace Vicinal.Ebpf.Native;

/// <summary>mmap(2) and setrlimit(2).</summary>
internal static unsafe partial class MemoryCalls
{
    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int MAP_SHARED = 1;

    /// <summary>MAP_FAILED.</summary>
    public static readonly nint Failed = -1;

    private const int RLIMIT_MEMLOCK = 8;

    /// <summary>
    /// Kernels before 5.11 charge maps and programs to RLIMIT_MEMLOCK, whose 64 kB are gone at once. Where raising it is refused, what needs the memory will be.
    /// </summary>
    private static readonly Lazy<bool> LimitRaised = new(() =>
    {
        if (Environment.OSVersion.Version >= new Version(5, 11))
        {
            return true;
        }

        ulong* limits = stackalloc ulong[2] { ulong.MaxValue, ulong.MaxValue };
        return SetLimit(RLIMIT_MEMLOCK, limits) == 0;
    });

    public static void RaiseLimit() => _ = LimitRaised.Value;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, ulong* limits);
}

using System.Runtime.InteropServices;

namespace Vicinal.Ebpf.Native;

/// <summary>statfs(2).</summary>
internal static unsafe partial class FileSystemCalls
{
    /// <summary>BPF_FS_MAGIC.</summary>
    public const long BpfMagic = 0xCAFE4A11;

    /// <summary>More than struct statfs has on any architecture; its first word is the file system's magic number.</summary>
    private const int StatusSize = 256;

    /// <summary>The magic number of the file system that a path lies on, or null where nothing is.</summary>
    public static long? MagicOf(string path)
    {
        long* status = stackalloc long[StatusSize / sizeof(long)];
        return Status(path, status) == 0 ? status[0] & uint.MaxValue : null;
    }

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(string path, void* status);
}

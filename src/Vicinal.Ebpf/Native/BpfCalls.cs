using System.Runtime.InteropServices;
using Vicinal.Devices;
using Vicinal.Devices.Native;

namespace Vicinal.Ebpf.Native;

/// <summary>enum bpf_cmd, as far as it is used here.</summary>
internal enum BpfCommand
{
    MapCreate = 0,
    MapLookup = 1,
    MapUpdate = 2,
    MapDelete = 3,
    MapNextKey = 4,
    ProgramLoad = 5,
    ObjectPin = 6,
    ObjectGet = 7,
    ProgramTestRun = 10,
    ProgramFromId = 13,
    ObjectInfo = 15,
    ProgramQuery = 16,
    MapLookupBatch = 24,
    MapUpdateBatch = 26,
    MapDeleteBatch = 27,
    LinkCreate = 28,
    LinkUpdate = 29,
    LinkDetach = 34,
}

/// <summary>bpf(2), for which libc has no function.</summary>
internal static unsafe partial class BpfCalls
{
    /// <summary>A verification is given up with EAGAIN, and a test run with EINTR, when a signal comes: the runtime's own suspend threads.</summary>
    private const int Attempts = 20;

    private static readonly nint Number = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 321,
        Architecture.Arm64 => 280,
        var other => throw new PlatformNotSupportedException($"The number of bpf(2) on {other} is not known here; x64 and arm64 are."),
    };

    /// <summary>The result, or -1 with the reason in <see cref="Errno.Last"/>. What <paramref name="attributes"/> has beyond the kernel's own must be zero.</summary>
    public static int TryInvoke<T>(BpfCommand command, ref T attributes)
        where T : unmanaged
    {
        fixed (T* first = &attributes)
        {
            for (int attempt = 1; ; attempt++)
            {
                int result = (int)SystemCall(Number, (int)command, first, sizeof(T));
                if (result >= 0 || attempt == Attempts || Errno.Last is not (Errno.EAGAIN or Errno.EINTR))
                {
                    return result;
                }
            }
        }
    }

    public static int Invoke<T>(BpfCommand command, ref T attributes, string operation)
        where T : unmanaged
    {
        int result = TryInvoke(command, ref attributes);
        return result >= 0 ? result : throw DeviceException.FromLastError(operation);
    }

    /// <summary>BPF_OBJ_PIN.</summary>
    public static void Pin(int fd, string path)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            PathAttributes attributes = new() { Path = (void*)name, Descriptor = fd };
            _ = Invoke(BpfCommand.ObjectPin, ref attributes, $"pin {path}");
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    /// <summary>BPF_OBJ_GET; null where there is no file.</summary>
    public static Descriptor? TryOpenPinned(string path)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            PathAttributes attributes = new() { Path = (void*)name };
            int fd = TryInvoke(BpfCommand.ObjectGet, ref attributes);
            return fd >= 0 ? new Descriptor(fd) : Errno.Last == Errno.ENOENT ? null : throw DeviceException.FromLastError($"open pin {path}");
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    /// <summary>BPF_OBJ_GET_INFO_BY_FD. The kernel refuses an object of another kind only by the sizes of what it fills, so callers check the type.</summary>
    public static T InfoOf<T>(int fd, string operation)
        where T : unmanaged
    {
        T info = default;
        InfoAttributes attributes = new() { Descriptor = fd, Length = (uint)sizeof(T), Info = &info };
        _ = Invoke(BpfCommand.ObjectInfo, ref attributes, operation);
        return info;
    }

    /// <summary>Writes a name as the kernel takes it: at most 15 letters, digits, underscores and points; the rest is for people anyway.</summary>
    public static void WriteName(string name, byte* target)
    {
        int length = Math.Min(name.Length, BpfAttributes.NameLength - 1);
        for (int i = 0; i < length; i++)
        {
            target[i] = char.IsAsciiLetterOrDigit(name[i]) || name[i] == '.' ? (byte)name[i] : (byte)'_';
        }
    }

    public static string ReadName(byte* source) =>
        System.Text.Encoding.ASCII.GetString(new ReadOnlySpan<byte>(source, BpfAttributes.NameLength)).TrimEnd('\0');

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint command, void* attributes, nint size);
}

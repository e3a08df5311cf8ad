using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Vicinal.Devices.Native;

/// <summary>A file descriptor that is closed once, at the latest by the finalizer. Hot paths use <see cref="Value"/> while the owner lives.</summary>
internal sealed partial class Descriptor : SafeHandleMinusOneIsInvalid
{
    public Descriptor(int value)
        : base(ownsHandle: true) => SetHandle(value);

    /// <summary>-1 once closed: the number may belong to another file by then.</summary>
    public int Value => IsClosed ? -1 : (int)handle;

    /// <summary>Takes what open(2) or socket(2) returned, or throws with its errno.</summary>
    public static Descriptor Own(int result, string operation, string? detail = null) =>
        result >= 0 ? new Descriptor(result) : throw DeviceException.FromLastError(operation, detail);

    protected override bool ReleaseHandle() => Close((int)handle) == 0;

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int fd);
}

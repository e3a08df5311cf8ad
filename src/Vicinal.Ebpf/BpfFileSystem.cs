using Vicinal.Devices;
using Vicinal.Devices.Native;
using Vicinal.Ebpf.Native;

namespace Vicinal.Ebpf;

/// <summary>The file system in which pins keep maps, programs and links alive without a process (bpffs).</summary>
public static class BpfFileSystem
{
    /// <summary>
    /// Whether this process has a mount namespace of its own, as under `ip netns exec`: what it mounts there ends with it. Null when that cannot be read.
    /// </summary>
    public static bool? IsPrivateMountNamespace
    {
        get
        {
            try
            {
                return File.ResolveLinkTarget("/proc/self/ns/mnt", returnFinalTarget: false)?.Name is { } own
                    && File.ResolveLinkTarget("/proc/1/ns/mnt", returnFinalTarget: false)?.Name is { } first
                    ? own != first
                    : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Whether a path lies on a bpffs.</summary>
    public static bool IsMounted(string path) => FileSystemCalls.MagicOf(path) == FileSystemCalls.BpfMagic;

    /// <summary>Makes the directory and mounts a bpffs there, for its owner only; nothing to do where the path lies on one.</summary>
    public static void Mount(string path)
    {
        _ = Directory.CreateDirectory(path);
        if (!IsMounted(path) && NamespaceCalls.Mount("bpf", path, "bpf", 0, "mode=0700") != 0)
        {
            throw DeviceException.FromLastError($"mount a bpffs at {path}");
        }
    }

    /// <summary>Unmounts, with all pins; what only they held is gone. The directory stays. No error where no bpffs is.</summary>
    public static void Unmount(string path)
    {
        if (IsMounted(path) && NamespaceCalls.Unmount(path, NamespaceCalls.MNT_DETACH) != 0)
        {
            throw DeviceException.FromLastError($"unmount {path}");
        }
    }

    /// <summary>
    /// The names of the pins in a directory, in order; empty where it does not exist. A pin's name has no point: the kernel keeps such names for its own
    /// files, which are not pins and not listed.
    /// </summary>
    public static IReadOnlyList<string> List(string path) => Directory.Exists(path)
        ? [.. Directory.EnumerateFiles(path).Select(file => Path.GetFileName(file)).Where(name => !name.Contains('.')).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Removes a pin; false when there was none. What it held lives on while a program, link or process uses it.</summary>
    public static bool Unlink(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        File.Delete(path);
        return true;
    }
}

using Vicinal.Devices.Native;

namespace Vicinal.Devices.Namespaces;

/// <summary>/run/netns, prepared as ip-netns(8) does so that both see each other's mounts.</summary>
internal static class NamespaceDirectory
{
    private static readonly Lock Gate = new();

    public static void Prepare()
    {
        lock (Gate)
        {
            CreateDirectory();
            if (IsMountPoint())
            {
                return;
            }

            // Shared, so that a namespace made here also appears in mount namespaces that were copied from ours, and a deleted one goes there too.
            Expect(NamespaceCalls.Mount(NetworkNamespace.Directory, NetworkNamespace.Directory, "none", NamespaceCalls.MS_BIND | NamespaceCalls.MS_REC, null));
            Expect(NamespaceCalls.Mount("", NetworkNamespace.Directory, "none", NamespaceCalls.MS_SHARED | NamespaceCalls.MS_REC, null));
        }
    }

    /// <summary>
    /// In an unprivileged user namespace /run belongs to the real root, and holds namespaces that are none of ours; the mount namespace is our own there,
    /// so a tmpfs goes over /run/netns, or over /run when that directory does not exist.
    /// </summary>
    private static void CreateDirectory()
    {
        try
        {
            Directory.CreateDirectory(NetworkNamespace.Directory);
            if (UserNamespace.IsInitial || IsWritable())
            {
                return;
            }
        }
        catch (UnauthorizedAccessException) when (!UserNamespace.IsInitial)
        {
        }

        bool exists = Directory.Exists(NetworkNamespace.Directory);
        Expect(NamespaceCalls.Mount("tmpfs", exists ? NetworkNamespace.Directory : "/run", "tmpfs", 0, "mode=755"));
        Directory.CreateDirectory(NetworkNamespace.Directory);
    }

    private static bool IsWritable()
    {
        try
        {
            string probe = $"{NetworkNamespace.Directory}/.probe-{Environment.ProcessId}";
            using (File.Create(probe, 1, FileOptions.DeleteOnClose))
            {
            }

            return true;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }

    private static bool IsMountPoint() =>
        File.ReadLines("/proc/self/mountinfo").Any(line => line.Split(' ') is { Length: > 4 } fields && fields[4] == NetworkNamespace.Directory);

    private static void Expect(int result)
    {
        if (result != 0)
        {
            throw DeviceException.FromLastError($"prepare {NetworkNamespace.Directory}");
        }
    }
}

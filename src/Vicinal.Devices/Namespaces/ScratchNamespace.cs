using Vicinal.Devices.Native;

namespace Vicinal.Devices.Namespaces;

/// <summary>A place to try things: a network and a mount namespace without a name, which are gone with the thread, whatever becomes of the process.</summary>
public static class ScratchNamespace
{
    /// <summary>
    /// Runs work on a new thread inside, and returns its result; exceptions come through unwrapped. Devices and mounts that the work makes, nobody else
    /// sees; sockets that it leaves open keep the network namespace.
    /// </summary>
    public static T Run<T>(Func<T> work) => NetworkNamespace.RunOnThread(() =>
    {
        if (NamespaceCalls.Unshare(NamespaceCalls.CLONE_NEWNET | NamespaceCalls.CLONE_NEWNS) != 0)
        {
            throw DeviceException.FromLastError("make a namespace to try things in");
        }

        // Mounts would otherwise appear in the namespace that this one was copied from.
        return NamespaceCalls.Mount("", "/", null, NamespaceCalls.MS_PRIVATE | NamespaceCalls.MS_REC, null) == 0
            ? work()
            : throw DeviceException.FromLastError("make a namespace to try things in");
    });
}

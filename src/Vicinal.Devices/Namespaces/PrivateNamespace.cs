using Vicinal.Devices.Native;

namespace Vicinal.Devices.Namespaces;

/// <summary>
/// A network namespace without a name, for sockets that nobody else shares a network with. It ends with the last that is open in it, at the latest with
/// the process, so that nothing is left behind by one that was killed.
/// </summary>
public sealed class PrivateNamespace : IDisposable
{
    private readonly Descriptor _descriptor;

    private PrivateNamespace(Descriptor descriptor) => _descriptor = descriptor;

    /// <summary>For nsenter(1), while this is not disposed.</summary>
    public string Path => $"/proc/{Environment.ProcessId}/fd/{_descriptor.Value}";

    /// <summary>Needs CAP_SYS_ADMIN. Its loopback interface is up.</summary>
    public static PrivateNamespace Create() => NetworkNamespace.RunOnThread(() =>
    {
        const string Operation = "make a private network namespace";
        if (NamespaceCalls.Unshare(NamespaceCalls.CLONE_NEWNET) != 0)
        {
            throw DeviceException.FromLastError(Operation);
        }

        using Netlink.Rtnetlink route = Netlink.Rtnetlink.Open();
        route.SetUp("lo");
        return new PrivateNamespace(Descriptor.Own(FileCalls.Open("/proc/thread-self/ns/net", FileCalls.O_RDONLY | FileCalls.O_CLOEXEC), Operation));
    });

    /// <summary>Runs work on a new thread inside and returns its result; exceptions come through unwrapped. What the work opens stays inside.</summary>
    public T Run<T>(Func<T> work) => NetworkNamespace.RunOnThread(() =>
        NamespaceCalls.SetNamespace(_descriptor.Value, NamespaceCalls.CLONE_NEWNET) == 0
            ? work()
            : throw DeviceException.FromLastError("enter a private network namespace"));

    public void Dispose() => _descriptor.Dispose();
}

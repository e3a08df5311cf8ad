using System.Diagnostics;
using Vicinal.Devices.Native;

namespace Vicinal.Devices.Namespaces;

/// <summary>
/// A named network namespace, kept the way ip-netns(8) does: a bind mount under /run/netns, so `ip netns exec` and tcpdump find it.
/// Sockets belong to the namespace of the thread that made them, for good; so what needs a namespace is run on a thread of its own.
/// </summary>
public sealed class NetworkNamespace
{
    public const string Directory = "/run/netns";

    private NetworkNamespace(string name) => Name = name;

    public string Name { get; }

    /// <summary>Also what <see cref="Netlink.Rtnetlink.MoveToNamespace"/> and nsenter(1) take.</summary>
    public string Path => PathOf(Name);

    public static bool Exists(string name) => File.Exists(PathOf(name));

    /// <summary>Makes a namespace; its loopback interface is up, unlike ip-netns's.</summary>
    public static NetworkNamespace Create(string name)
    {
        Check(name);
        NamespaceDirectory.Prepare();
        string path = PathOf(name);
        if (File.Exists(path))
        {
            throw new DeviceException($"create network namespace {name}", Errno.EEXIST);
        }

        using (File.Create(path))
        {
        }

        NetworkNamespace created = new(name);
        try
        {
            RunOnThread(() =>
            {
                Expect(NamespaceCalls.Unshare(NamespaceCalls.CLONE_NEWNET), $"create network namespace {name}");
                Expect(NamespaceCalls.Mount("/proc/thread-self/ns/net", path, "none", NamespaceCalls.MS_BIND, null), $"mount {path}");
                using Netlink.Rtnetlink route = Netlink.Rtnetlink.Open();
                route.SetUp("lo");
                return true;
            });
        }
        catch
        {
            created.Delete();
            throw;
        }

        return created;
    }

    public static NetworkNamespace Open(string name)
    {
        Check(name);
        return Exists(name) ? new NetworkNamespace(name) : throw new DeviceException($"open network namespace {name}", Errno.ENOENT);
    }

    public static NetworkNamespace OpenOrCreate(string name) => Exists(name) ? Open(name) : Create(name);

    public static IReadOnlyList<string> List() =>
        System.IO.Directory.Exists(Directory)
            ? [.. System.IO.Directory.EnumerateFiles(Directory).Select(p => System.IO.Path.GetFileName(p)).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>
    /// Takes the name away; the namespace itself, with its interfaces, ends when no process or socket is in it any more. A missing one is no error.
    /// </summary>
    public void Delete()
    {
        _ = NamespaceCalls.Unmount(Path, NamespaceCalls.MNT_DETACH);
        File.Delete(Path);
    }

    /// <summary>
    /// Runs work on a new thread inside the namespace and returns its result; exceptions come through unwrapped. What the work opens stays in
    /// the namespace; /proc/sys/net is the namespace's too.
    /// </summary>
    public T Run<T>(Func<T> work) => RunOnThread(() =>
    {
        Enter();
        return work();
    });

    public void Run(Action work) => Run(() =>
    {
        work();
        return true;
    });

    /// <summary>Moves the calling thread into the namespace for good. Only for a thread that the caller made and that ends there.</summary>
    public void Enter()
    {
        string operation = $"enter network namespace {Name}";
        using Descriptor descriptor = Descriptor.Own(FileCalls.Open(Path, FileCalls.O_RDONLY | FileCalls.O_CLOEXEC), operation);
        Expect(NamespaceCalls.SetNamespace(descriptor.Value, NamespaceCalls.CLONE_NEWNET), operation);
    }

    /// <summary>How to start a program inside the namespace, with a fitting /sys. Output and input are as the caller sets them.</summary>
    public ProcessStartInfo StartInfo(string program, params IEnumerable<string> arguments) =>
        new("ip", ["netns", "exec", Name, program, .. arguments]) { UseShellExecute = false };

    public override string ToString() => Name;

    private static string PathOf(string name) => $"{Directory}/{name}";

    private static void Check(string name)
    {
        if (name.Length is 0 or > 255 || name is "." or ".." || name.Contains('/') || name.Contains('\0'))
        {
            throw new ArgumentException($"'{name}' is not a name for a network namespace.", nameof(name));
        }
    }

    private static void Expect(int result, string operation)
    {
        if (result != 0)
        {
            throw DeviceException.FromLastError(operation);
        }
    }

    /// <summary>The thread ends with the work: a thread of the pool would carry the namespace into somebody else's.</summary>
    internal static T RunOnThread<T>(Func<T> work)
    {
        T result = default!;
        System.Runtime.ExceptionServices.ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                failure = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            IsBackground = true,
            Name = "netns",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Support;

/// <summary>All tests that make namespaces, mounts or pins run one after the other; the fixture first clears away what a crashed run left.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class KernelCollection : ICollectionFixture<KernelFixture>
{
    public const string Name = "kernel";
}

public sealed class KernelFixture
{
    /// <summary>Names are prefix, process id, dash and a word, so that a sweep can tell the living from the dead.</summary>
    public const string Prefix = "veb";

    private static int _count;

    public KernelFixture()
    {
        if (Environment.UserName != "root")
        {
            throw new InvalidOperationException("These tests load programs into the kernel and make network namespaces. Run them as root.");
        }

        foreach (string name in NetworkNamespace.List().Where(IsLeftOver))
        {
            NetworkNamespace.Open(name).Delete();
        }

        foreach (string directory in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*").Where(d => IsLeftOver(Path.GetFileName(d))))
        {
            BpfFileSystem.Unmount(directory);
            Directory.Delete(directory, recursive: true);
        }
    }

    public static string Unique(string word) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _count)}{word}");

    private static bool IsLeftOver(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && int.TryParse(name[Prefix.Length..].Split('-')[0], CultureInfo.InvariantCulture, out int pid)
        && pid != Environment.ProcessId
        && !Directory.Exists($"/proc/{pid}");
}

/// <summary>A bpffs for one test, unmounted with it.</summary>
public sealed class PinDirectory : IDisposable
{
    public PinDirectory()
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), KernelFixture.Unique("pins"));
        BpfFileSystem.Mount(Path);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        BpfFileSystem.Unmount(Path);
        Directory.Delete(Path);
    }
}

/// <summary>A namespace with a veth pair, eth0 with 10.8.0.1 and eth1 in a second namespace with 10.8.0.2; one sends datagrams to the other.</summary>
public sealed class VethPair : IDisposable
{
    private const int Port = 4242;

    private readonly NetworkNamespace _far;
    private readonly Rtnetlink _farRoute;

    public VethPair()
    {
        Near = NetworkNamespace.Create(KernelFixture.Unique("near"));
        _far = NetworkNamespace.Create(KernelFixture.Unique("far"));
        Route = Rtnetlink.Open(Near);
        _farRoute = Rtnetlink.Open(_far);
        Route.CreateVeth(new VethEnd("eth0"), new VethEnd("eth1") { Namespace = _far });
        Route.DisableAddressGeneration("eth0");
        _farRoute.DisableAddressGeneration("eth1");
        Route.AddAddress("eth0", IpAddress.Parse("10.8.0.1"), 24);
        _farRoute.AddAddress("eth1", IpAddress.Parse("10.8.0.2"), 24);
        _farRoute.SetUp("eth1");
        Route.SetUp("eth0");
        LinkIndex = Route.GetLink("eth0").Index;
        SpinWait.SpinUntil(() => Route.GetLink("eth0").HasCarrier && _farRoute.GetLink("eth1").HasCarrier, 2000).ShouldBeTrue();

        // The flag shows a moment before the queue is there; another request waits for the lock under which that happens.
        _farRoute.SetUp("eth1");
        Route.SetUp("eth0");
        Receiver = _far.Run(() => Bound("10.8.0.2"));
        Sender = Near.Run(() => Bound("10.8.0.1"));
    }

    public NetworkNamespace Near { get; }

    /// <summary>Of the near namespace.</summary>
    public Rtnetlink Route { get; }

    /// <summary>eth0's.</summary>
    public int LinkIndex { get; }

    /// <summary>Behind eth0.</summary>
    public Socket Sender { get; }

    public Socket Receiver { get; }

    /// <summary>Sends numbered datagrams and returns how many arrive, each waited for: long where it is to come, on a busy machine too.</summary>
    public int Exchange(Socket from, Socket to, int count, int milliseconds = 5000)
    {
        int arrived = 0;
        byte[] bytes = new byte[sizeof(int)];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, i);
            _ = from.SendTo(bytes, to.LocalEndPoint!);
            arrived += to.Poll(milliseconds * 1000, SelectMode.SelectRead) && to.Receive(bytes) == sizeof(int) ? 1 : 0;
        }

        return arrived;
    }

    public void Dispose()
    {
        Sender.Dispose();
        Receiver.Dispose();
        Route.Dispose();
        _farRoute.Dispose();
        Near.Delete();
        _far.Delete();
    }

    private static Socket Bound(string address)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), Port));
        return socket;
    }
}

using System.Net;
using System.Net.Sockets;
using Vicinal.Agent.Transmit;
using Vicinal.Agent.Wiring;
using Vicinal.Datapath;
using Vicinal.Devices;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Services;

namespace Vicinal.Agent.Services;

/// <summary>
/// Where the sockets live that instances reach at the service address: a network of its own, in which there is nothing but one tap whose other side
/// is the data path. Neither the node's stack nor another program is in it, and it ends with the agent.
/// </summary>
internal sealed class ServiceNamespace : IDisposable
{
    private const string TapName = "vi-services";

    /// <summary>Frames of answers that may wait for the data path.</summary>
    private const int QueueLength = 8192;

    private readonly PrivateNamespace _namespace;
    private readonly TapDevice _tap;
    private readonly bool _hasIpv6;

    private ServiceNamespace(PrivateNamespace inside, TapDevice tap, bool hasIpv6)
    {
        _namespace = inside;
        _tap = tap;
        _hasIpv6 = hasIpv6;
        Queue = new TransmitQueue(tap, coalesce: false);
    }

    /// <summary>Towards the sockets. Data-path thread.</summary>
    public TransmitQueue Queue { get; }

    /// <summary>What nsenter(1) takes.</summary>
    public string Path => _namespace.Path;

    /// <exception cref="DeviceException">The kernel has no taps for us, or the privilege is missing.</exception>
    public static ServiceNamespace Open()
    {
        PrivateNamespace inside = PrivateNamespace.Create();
        TapDevice? tap = null;
        try
        {
            tap = inside.Run(() => TapDevice.Open(TapName));
            bool hasIpv6 = inside.Run(SetUp);
            tap.Refresh();
            return new ServiceNamespace(inside, tap, hasIpv6);
        }
        catch
        {
            tap?.Dispose();
            inside.Dispose();
            throw;
        }
    }

    public void Serve(DataPathThread thread, Node node) => thread.Serve(_tap.PollHandle, () => Arrivals.Receive(node, _tap, PacketSource.Service()));

    /// <summary>A socket of both families that hears instances at a port of the service address.</summary>
    public Socket Bind(SocketType type, ushort port) => _namespace.Run(() =>
    {
        Socket socket = new(_hasIpv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        if (_hasIpv6)
        {
            socket.DualMode = true;
        }

        socket.Bind(new IPEndPoint(_hasIpv6 ? IPAddress.IPv6Any : IPAddress.Any, port));
        return socket;
    });

    public void Dispose()
    {
        _tap.Dispose();
        _namespace.Dispose();
    }

    /// <returns>Whether there is IPv6.</returns>
    private static bool SetUp()
    {
        using Rtnetlink route = Rtnetlink.Open();
        bool hasIpv6 = Directory.Exists("/proc/sys/net/ipv6/conf");
        if (hasIpv6)
        {
            route.DisableAddressGeneration(TapName);
        }

        route.SetMac(TapName, ServiceAddress.Mac);
        route.DisableArp(TapName);
        route.SetQueueLength(TapName, QueueLength);
        route.SetUp(TapName);
        int index = route.GetLink(TapName).Index;
        route.AddAddress(TapName, ServiceAddress.Ipv4, 32);
        route.AddRoute(new KernelRoute(ServiceClientAddress.Ipv4Prefix) { LinkIndex = index });
        if (hasIpv6)
        {
            route.AddAddress(TapName, ServiceAddress.Ipv6, 64);
            route.AddRoute(new KernelRoute(ServiceClientAddress.Ipv6Prefix) { LinkIndex = index });
        }

        return hasIpv6;
    }
}

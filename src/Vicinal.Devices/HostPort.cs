using Vicinal.Devices.Native;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Devices;

/// <summary>
/// The host's own network stack as a port beside a NIC that we share with it. What is sent here, the host receives as if the NIC had; what the
/// host sends on the NIC to one of our MAC addresses or to a group is received here (and still leaves by the NIC, as a switch that floods would have it).
/// <code>
///   Send ---> vi-in7 ===veth=== vi-to7 --(tc mirred: ingress redirect)--> NIC's receive path ---> host
///   Receive &lt;--- packet socket on the NIC, outgoing frames alone &lt;--- host
/// </code>
/// A packet socket's transmit never reaches the host behind the same NIC, and nothing else in the kernel receives on a NIC's behalf without a
/// driver's help. Injected frames carry <see cref="Mark"/>: the NIC's own <see cref="PacketSocketDevice"/> must be opened with it as
/// IgnoredMark and SendMark, or it hears what we inject and we hear what it sends.
/// </summary>
public sealed class HostPort : IFrameDevice
{
    /// <summary>"VICI".</summary>
    public const uint Mark = 0x56494349;

    private readonly PacketSocketDevice _toHost;
    private readonly PacketSocketDevice _fromHost;

    /// <summary>Sorted out here as well, since the socket's filter gives up beyond a number of addresses, and lags by what was queued before a change.</summary>
    private HashSet<MacAddress> _macs = [];

    private HostPort(PacketSocketDevice toHost, PacketSocketDevice fromHost)
    {
        _toHost = toHost;
        _fromHost = fromHost;
    }

    /// <summary>The NIC's.</summary>
    public string Name => _fromHost.Name;

    /// <summary>The NIC's, which the host answers to.</summary>
    public MacAddress MacAddress => _fromHost.MacAddress;

    public int Mtu => _fromHost.Mtu;

    public int PollHandle => _fromHost.PollHandle;

    public DeviceState State => _fromHost.State;

    /// <summary>Counts what was received from the host; <see cref="SentCounters"/> what was sent to it.</summary>
    public DeviceCounters Counters => _fromHost.Counters;

    public DeviceCounters SentCounters => _toHost.Counters;

    /// <summary>How the NIC's own packet socket is to be opened beside a host port.</summary>
    public static PacketSocketOptions NicOptions { get; } = new() { Promiscuous = true, IgnoredMark = Mark, SendMark = Mark };

    /// <summary>Opens the host's port on a NIC of the calling thread's namespace; needs CAP_NET_ADMIN there. Left-overs of an earlier process are replaced.</summary>
    public static HostPort Open(string nic)
    {
        using Rtnetlink route = Rtnetlink.Open();
        LinkInfo link = route.GetLink(nic);
        string inner = $"vi-in{link.Index}";
        string outer = $"vi-to{link.Index}";
        _ = route.TryDeleteLink(inner);

        // The kernel tells frames for the host from others by the receiving link's address, before the redirect: so the outer end has the NIC's.
        route.CreateVeth(new VethEnd(inner) { Mtu = link.Mtu }, new VethEnd(outer) { Mtu = link.Mtu, MacAddress = link.MacAddress });
        PacketSocketDevice? toHost = null;
        try
        {
            foreach (string end in (string[])[inner, outer])
            {
                Guards.HostStack.DisableIpv6(route, end);
                route.SetUp(end);
            }

            route.RedirectIngress(outer, nic);
            toHost = PacketSocketDevice.Open(inner, new PacketSocketOptions { SendMark = Mark, ReceiveBufferBytes = 4096 }, [ClassicBpf.Return(0)], hearOutgoing: false);
            return new HostPort(toHost, PacketSocketDevice.Open(nic, new PacketSocketOptions(), PacketFilters.SentByHostTo([], Mark), hearOutgoing: true));
        }
        catch
        {
            toHost?.Dispose();
            _ = route.TryDeleteLink(inner);
            throw;
        }
    }

    /// <summary>The MAC addresses that are ours on this NIC, all of them.</summary>
    public void SetOwnMacs(IEnumerable<MacAddress> macs)
    {
        _macs = [.. macs];
        _fromHost.SetFilter(PacketFilters.SentByHostTo(_macs, Mark));
    }

    /// <summary>Asks for the NIC's state, MTU and MAC again; the injecting pair follows them.</summary>
    public void Refresh()
    {
        MacAddress mac = _fromHost.MacAddress;
        int mtu = _fromHost.Mtu;
        _fromHost.Refresh();
        if (_fromHost.State != DeviceState.Gone && (mac != _fromHost.MacAddress || mtu != _fromHost.Mtu))
        {
            using Rtnetlink route = Rtnetlink.Open();
            route.SetMac($"vi-to{_fromHost.InterfaceIndex}", _fromHost.MacAddress);
            route.SetMtu($"vi-to{_fromHost.InterfaceIndex}", _fromHost.Mtu);
            route.SetMtu($"vi-in{_fromHost.InterfaceIndex}", _fromHost.Mtu);
            _toHost.Refresh();
        }
    }

    public int Receive(Span<PacketBuffer> frames)
    {
        int received = _fromHost.Receive(frames);
        int kept = 0;
        for (int i = 0; i < received; i++)
        {
            MacAddress destination = MacAddress.Read(frames[i].Span);
            if (destination.IsMulticast || _macs.Contains(destination))
            {
                (frames[kept], frames[i]) = (frames[i], frames[kept]);
                kept++;
            }
        }

        return kept;
    }

    public int Send(ReadOnlySpan<PacketBuffer> frames) => _toHost.Send(frames);

    /// <summary>Closes the port; on a thread of the NIC's namespace, since the injecting pair is deleted there.</summary>
    public void Dispose()
    {
        int index = _fromHost.InterfaceIndex;
        _toHost.Dispose();
        _fromHost.Dispose();
        using Rtnetlink route = Rtnetlink.Open();
        _ = route.TryDeleteLink($"vi-in{index}");
    }
}

using System.Globalization;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Native;

namespace Vicinal.Devices;

/// <summary>What this machine and this process's rights offer, to be asked once at start and told to whoever must act on it.</summary>
public sealed record Capabilities
{
    private const int CAP_NET_ADMIN = 12;
    private const int CAP_NET_RAW = 13;
    private const int CAP_SYS_ADMIN = 21;

    /// <summary>Set up interfaces, routes and guards.</summary>
    public bool CanAdministerNetwork { get; init; }

    /// <summary>Open packet sockets.</summary>
    public bool CanOpenPacketSockets { get; init; }

    /// <summary>Make namespaces and mount them.</summary>
    public bool CanMakeNamespaces { get; init; }

    /// <summary>False inside `unshare -U` and rootless containers.</summary>
    public bool IsInitialUserNamespace { get; init; }

    public bool HasTap { get; init; }

    public bool HasUdpSegmentation { get; init; }

    public bool HasUdpReceiveOffload { get; init; }

    /// <summary>PACKET_VNET_HDR: without it no TCP crosses a veth undamaged.</summary>
    public bool HasPacketOffloads { get; init; }

    /// <summary>Asks the kernel, in the calling thread's namespaces.</summary>
    public static Capabilities Detect()
    {
        ulong effective = EffectiveCapabilities();
        return new Capabilities
        {
            CanAdministerNetwork = Has(effective, CAP_NET_ADMIN),
            CanOpenPacketSockets = Has(effective, CAP_NET_RAW),
            CanMakeNamespaces = Has(effective, CAP_SYS_ADMIN),
            IsInitialUserNamespace = UserNamespace.IsInitial,
            HasTap = CanOpen(TapCalls.Path),
            HasUdpSegmentation = Accepts(SocketCalls.AF_INET, SocketCalls.SOCK_DGRAM, UdpCalls.IPPROTO_UDP, UdpCalls.UDP_SEGMENT, 0),
            HasUdpReceiveOffload = Accepts(SocketCalls.AF_INET, SocketCalls.SOCK_DGRAM, UdpCalls.IPPROTO_UDP, UdpCalls.UDP_GRO, 1),
            HasPacketOffloads = Accepts(SocketCalls.AF_PACKET, SocketCalls.SOCK_RAW, PacketSocketCalls.SOL_PACKET, PacketSocketCalls.PACKET_VNET_HDR, 1),
        };
    }

    /// <summary>What is missing for an agent's data path, each as a sentence that says what to do; empty when nothing is.</summary>
    public IReadOnlyList<string> MissingForAgent()
    {
        List<string> missing = [];
        if (!CanAdministerNetwork)
        {
            missing.Add("Setting up interfaces needs CAP_NET_ADMIN: run as root, with `setcap cap_net_admin,cap_net_raw+ep`, or inside `unshare -Urnm`.");
        }

        if (!CanOpenPacketSockets)
        {
            missing.Add("Reading frames from interfaces needs CAP_NET_RAW: run as root, with `setcap cap_net_admin,cap_net_raw+ep`, or inside `unshare -Urnm`.");
        }
        else if (!HasPacketOffloads)
        {
            missing.Add("The kernel's packet sockets lack PACKET_VNET_HDR, without which TCP does not cross a veth: use Linux 5.10 or newer.");
        }

        return missing;
    }

    private static bool Has(ulong set, int capability) => (set >> capability & 1) != 0;

    private static ulong EffectiveCapabilities()
    {
        string? line = File.ReadLines("/proc/thread-self/status").FirstOrDefault(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
        return line is not null && ulong.TryParse(line.AsSpan("CapEff:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong set)
            ? set
            : 0;
    }

    private static bool CanOpen(string path)
    {
        int fd = FileCalls.Open(path, FileCalls.O_RDWR | FileCalls.O_CLOEXEC);
        if (fd < 0)
        {
            return false;
        }

        new Descriptor(fd).Dispose();
        return true;
    }

    private static bool Accepts(int family, int type, int level, int option, int value)
    {
        int fd = SocketCalls.Socket(family, type | SocketCalls.SOCK_CLOEXEC, 0);
        if (fd < 0)
        {
            return false;
        }

        using Descriptor socket = new(fd);
        return SocketCalls.TrySetOption(fd, level, option, value);
    }
}

using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices;

/// <summary>
/// An interface of this network namespace (the host side of an instance's veth, a NIC) by an AF_PACKET socket. It sees the interface's
/// incoming frames before tc and nftables do, so a guard that drops them there keeps them from the host alone. Checksums and GSO stay
/// undone in both directions (PACKET_VNET_HDR), and a VLAN tag that the kernel took out is put back.
/// </summary>
public sealed unsafe partial class PacketSocketDevice : IFrameDevice
{
    private const int BatchSize = 64;

    private readonly Descriptor _socket;

    // Written by the device's thread, read by any.
    private volatile DeviceState _state;

    private PacketSocketDevice(Descriptor socket, string name, int index)
    {
        _socket = socket;
        Name = name;
        InterfaceIndex = index;
        MacAddress = InterfaceCalls.MacOf(socket.Value, name);
        Mtu = InterfaceCalls.MtuOf(socket.Value, name);
        _state = InterfaceCalls.IsUp(socket.Value, name) ? DeviceState.Up : DeviceState.Down;
    }

    public string Name { get; private set; }

    public int InterfaceIndex { get; }

    public MacAddress MacAddress { get; private set; }

    public int Mtu { get; private set; }

    public int PollHandle => _socket.Value;

    public DeviceState State => _state;

    public DeviceCounters Counters { get; } = new();

    /// <summary>Opens the interface of that name in the calling thread's network namespace; needs CAP_NET_RAW there.</summary>
    public static PacketSocketDevice Open(string name, PacketSocketOptions? options = null)
    {
        options ??= new PacketSocketOptions();
        return Open(name, options, FilterOf(options), hearOutgoing: false);
    }

    /// <summary>With a filter of the caller's, and on request with the frames that others send on the interface.</summary>
    internal static PacketSocketDevice Open(string name, PacketSocketOptions options, ReadOnlySpan<ClassicInstruction> filter, bool hearOutgoing)
    {
        string operation = $"open a packet socket on {name}";

        // Protocol 0 hears nothing: no frame of another interface gets in before bind.
        Descriptor socket = Descriptor.Own(
            SocketCalls.Socket(SocketCalls.AF_PACKET, SocketCalls.SOCK_RAW | SocketCalls.SOCK_CLOEXEC | SocketCalls.SOCK_NONBLOCK, 0), operation);
        try
        {
            int fd = socket.Value;
            int index = InterfaceCalls.IndexOf(fd, name);
            if (index == 0)
            {
                throw new DeviceException(operation, Errno.ENODEV);
            }

            Configure(fd, index, options, hearOutgoing);
            if (!filter.IsEmpty)
            {
                ClassicBpf.Attach(fd, filter);
            }

            PacketSocketCalls.Bind(fd, index, operation);
            return new PacketSocketDevice(socket, name, index);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks the kernel for name, MAC, MTU and state again; call it when the link monitor reports a change.</summary>
    public void Refresh()
    {
        string? name = InterfaceCalls.NameOf(_socket.Value, InterfaceIndex);
        if (name is null)
        {
            _state = DeviceState.Gone;
            return;
        }

        Name = name;
        MacAddress = InterfaceCalls.MacOf(_socket.Value, name);
        Mtu = InterfaceCalls.MtuOf(_socket.Value, name);
        _state = InterfaceCalls.IsUp(_socket.Value, name) ? DeviceState.Up : DeviceState.Down;
    }

    /// <summary>Frames that the kernel could not queue here, since the last call.</summary>
    public long TakeKernelDrops() => PacketSocketCalls.TakeDropCount(_socket.Value);

    /// <summary>Swaps the filter in one step.</summary>
    internal void SetFilter(ReadOnlySpan<ClassicInstruction> filter) => ClassicBpf.Attach(_socket.Value, filter);

    public void Dispose() => _socket.Dispose();

    private static ClassicInstruction[] FilterOf(PacketSocketOptions options) => options.Hears switch
    {
        PacketSocketHearing.Nothing => PacketFilters.Nothing,
        PacketSocketHearing.GroupsAndNeighborTalk => PacketFilters.GroupsAndNeighborTalk(options.IgnoredMark),
        _ => options.IgnoredMark == 0 ? [] : PacketFilters.WithoutMark(options.IgnoredMark),
    };

    private static void Configure(int fd, int index, PacketSocketOptions options, bool hearOutgoing)
    {
        SocketCalls.SetBuffers(fd, options.ReceiveBufferBytes, options.SendBufferBytes);
        SocketCalls.SetOption(fd, PacketSocketCalls.SOL_PACKET, PacketSocketCalls.PACKET_VNET_HDR, 1, "PACKET_VNET_HDR");
        SocketCalls.SetOption(fd, PacketSocketCalls.SOL_PACKET, PacketSocketCalls.PACKET_AUXDATA, 1, "PACKET_AUXDATA");
        if (!hearOutgoing)
        {
            SocketCalls.SetOption(fd, PacketSocketCalls.SOL_PACKET, PacketSocketCalls.PACKET_IGNORE_OUTGOING, 1, "PACKET_IGNORE_OUTGOING");
        }

        if (options.BypassQueueingDiscipline)
        {
            SocketCalls.SetOption(fd, PacketSocketCalls.SOL_PACKET, PacketSocketCalls.PACKET_QDISC_BYPASS, 1, "PACKET_QDISC_BYPASS");
        }

        if (options.SendMark != 0)
        {
            SocketCalls.SetOption(fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_MARK, unchecked((int)options.SendMark), "SO_MARK");
        }

        if (options.Promiscuous)
        {
            PacketSocketCalls.SetPromiscuous(fd, index);
        }
    }

    /// <summary>
    /// A packet socket says ENETDOWN both when its interface goes down and when it vanishes, and once only on reading; so ask which it was.
    /// </summary>
    private void NoteError(int error)
    {
        if (error is Errno.ENXIO or Errno.ENODEV)
        {
            _state = DeviceState.Gone;
        }
        else if (error == Errno.ENETDOWN)
        {
            // Reading the pending error clears it; otherwise the first frame after the link is up again would fail.
            _ = SocketCalls.GetOption(_socket.Value, SocketCalls.SOL_SOCKET, SocketCalls.SO_ERROR);
            Refresh();
        }
    }
}

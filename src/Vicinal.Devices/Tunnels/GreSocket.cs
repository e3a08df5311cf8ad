using Vicinal.Devices.Native;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Devices.Tunnels;

/// <summary>
/// IP protocol 47 at one address. It sends by a raw socket and hears by a packet socket on the NIC that holds the address, since the kernel joins segments on
/// their way in (GRO knows GRE) and tells only a packet socket so: such a super-packet comes whole, with its offload in the buffer. GRE without a key
/// or without Ethernet in it is the host's own, and never comes here.
/// </summary>
public sealed unsafe partial class GreSocket : ITunnelSocket
{
    private const int BatchSize = 64;

    /// <summary>One control message, with struct tpacket_auxdata.</summary>
    private const int AuxiliarySize = 40;
    private const ushort Ipv4InNetworkOrder = 0x0008;
    private const ushort Ipv6InNetworkOrder = 0xDD86;

    private readonly Descriptor _sender;
    private readonly Descriptor _receiver;
    private readonly MessageBatch _received = new(BatchSize, vectors: 2, controlSize: AuxiliarySize);

    private GreSocket(IpAddress local, Descriptor sender, Descriptor receiver)
    {
        Local = local;
        _sender = sender;
        _receiver = receiver;
    }

    public IpAddress Local { get; }

    public int PollHandle => _receiver.Value;

    public TunnelCounters Counters { get; } = new();

    /// <summary>Opens in the calling thread's network namespace; needs CAP_NET_RAW there. The address must be one of the host's.</summary>
    public static GreSocket Open(IpAddress local, TunnelSocketOptions? options = null)
    {
        options ??= new TunnelSocketOptions();
        string operation = $"open a GRE socket on {local}";

        // A raw socket that drops what it hears is still one that protocol 47 is wanted by: the kernel sends nobody "protocol unreachable".
        Descriptor sender = OuterSocket.OpenSender(SocketCalls.SOCK_RAW, IpProtocol.Gre, local, 0, options.SendBufferBytes, operation);
        try
        {
            return new GreSocket(local, sender, OpenReceiver(local, options, operation));
        }
        catch
        {
            sender.Dispose();
            throw;
        }
    }

    public int Receive(Span<PacketBuffer> payloads, Span<TunnelArrival> arrivals)
    {
        int wanted = Math.Min(Math.Min(payloads.Length, arrivals.Length), BatchSize);
        for (int i = 0; i < wanted; i++)
        {
            ref BatchedMessage message = ref _received.Message(i);
            message.Control = _received.Control(i);
            message.ControlLength = (nuint)_received.ControlSize;
            ref IoVector header = ref _received.Vector(2 * i);
            header.Base = _received.Header(i);
            header.Length = VirtioHeader.Size;
            ref IoVector body = ref _received.Vector((2 * i) + 1);
            body.Base = MessageBatch.AddressOf(payloads[i], PacketBuffer.Headroom);
            body.Length = (nuint)payloads[i].Room.Length;
        }

        // While the NIC is down this says so once for each time, and is good again when it is up.
        int received = SocketCalls.ReceiveMany(_receiver.Value, _received.First, (uint)wanted, SocketCalls.MSG_DONTWAIT, null);
        int kept = 0;
        for (int i = 0; i < received; i++)
        {
            if (Accept(i, payloads[i], out TunnelArrival arrival))
            {
                (payloads[kept], payloads[i]) = (payloads[i], payloads[kept]);
                arrivals[kept++] = arrival;
            }
        }

        return kept;
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    private static Descriptor OpenReceiver(IpAddress local, TunnelSocketOptions options, string operation)
    {
        // Protocol 0 hears nothing before the filter is there.
        int type = SocketCalls.SOCK_RAW | SocketCalls.SOCK_CLOEXEC | SocketCalls.SOCK_NONBLOCK;
        Descriptor socket = Descriptor.Own(SocketCalls.Socket(SocketCalls.AF_PACKET, type, 0), operation);
        try
        {
            int fd = socket.Value;
            SocketCalls.SetBuffers(fd, options.ReceiveBufferBytes, 4096);
            SocketCalls.SetOption(fd, PacketSocketCalls.SOL_PACKET, PacketSocketCalls.PACKET_VNET_HDR, 1, operation);
            SocketCalls.SetOption(fd, PacketSocketCalls.SOL_PACKET, PacketSocketCalls.PACKET_AUXDATA, 1, operation);
            ClassicBpf.Attach(fd, PacketFilters.GreTo(local));
            PacketSocketCalls.Bind(fd, InterfaceOf(local), operation, local.IsIpv4 ? Ipv4InNetworkOrder : Ipv6InNetworkOrder);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What comes by other NICs for the address is none of the underlay's. An address on the loopback interface is reached by any of them: 0.</summary>
    private static int InterfaceOf(IpAddress local)
    {
        using Rtnetlink route = Rtnetlink.Open();
        int index = route.Addresses().FirstOrDefault(held => held.Address == local)?.LinkIndex ?? 0;
        return index != 0 && !route.Links().Any(link => link.Index == index && link.IsLoopback) ? index : 0;
    }

    /// <summary>Where the IP header begins, which only the kernel knows of each kind of link; beyond any packet when it does not say.</summary>
    private int NetworkOffsetOf(int index)
    {
        ref BatchedMessage message = ref _received.Message(index);
        byte* control = _received.Control(index);
        int offset = 0;
        while (ControlData.Next(control, (int)message.ControlLength, ref offset, out ControlHeader header, out byte* data, out int size))
        {
            if (header is { Level: PacketSocketCalls.SOL_PACKET, Type: PacketSocketCalls.PACKET_AUXDATA } && size >= sizeof(PacketAuxiliaryData))
            {
                return ((PacketAuxiliaryData*)data)->NetworkOffset;
            }
        }

        return int.MaxValue;
    }

    private bool Accept(int index, PacketBuffer payload, out TunnelArrival arrival)
    {
        ref BatchedMessage message = ref _received.Message(index);
        int length = (int)message.Length - VirtioHeader.Size;
        arrival = default;
        if ((message.Flags & SocketCalls.MSG_TRUNC) != 0 || length <= 0)
        {
            Counters.ReceiveErrors++;
            return false;
        }

        payload.Reset(length);
        if (!VirtioHeader.TryRead(new ReadOnlySpan<byte>(_received.Header(index), VirtioHeader.Size), length, out payload.Offload)
            || !OuterHeader.TryPull(payload, NetworkOffsetOf(index), out OuterHeader outer))
        {
            Counters.ReceiveErrors++;
            return false;
        }

        arrival.Source = outer.Source;
        arrival.Tos = outer.Tos;
        Counters.ReceivedDatagrams++;
        Counters.ReceivedBytes += payload.Length;
        return true;
    }
}

using System.Numerics;
using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices.Tunnels;

/// <summary>
/// The UDP side of Geneve or VXLAN: one socket that receives on the tunnel's port, and a few that send from different source ports (RFC 8926 section 3.3).
/// Batches of equal length leave in one system call and one pass through the stack (UDP_SEGMENT), and arrive so (UDP_GRO). Errors that
/// come back by ICMP never reach a call here, except that the kernel learns path MTUs.
/// </summary>
public sealed unsafe partial class TunnelSocket : ITunnelSocket
{
    private const int BatchSize = 64;

    private readonly Descriptor? _receiver;
    private readonly Descriptor[] _senders;
    private readonly Descriptor _probe;
    private readonly MessageBatch _received = new(BatchSize, vectors: 1, controlSize: 4 * ControlData.EntrySize);

    private TunnelSocket(IpAddress local, ushort port, TunnelSocketOptions options)
    {
        Local = local;
        Port = port;
        string operation = $"open a tunnel socket on {local} port {port}";
        List<Descriptor> opened = [];
        try
        {
            if (options.Receives)
            {
                _receiver = OpenReceiver(local, port, options, operation);
                opened.Add(_receiver);
            }

            _probe = OuterSocket.OpenSender(SocketCalls.SOCK_DGRAM, 0, local, 0, options.SendBufferBytes, operation);
            opened.Add(_probe);
            _senders = new Descriptor[options.SendPorts];
            for (int i = 0; i < _senders.Length; i++)
            {
                _senders[i] = OuterSocket.OpenSender(SocketCalls.SOCK_DGRAM, 0, local, 0, options.SendBufferBytes, operation);
                opened.Add(_senders[i]);
            }
        }
        catch
        {
            opened.ForEach(d => d.Dispose());
            throw;
        }
    }

    public IpAddress Local { get; }

    public ushort Port { get; }

    public int PollHandle => _receiver?.Value ?? -1;

    public TunnelCounters Counters { get; } = new();

    /// <summary>Opens in the calling thread's network namespace. The address must be one of the host's, and the port free there.</summary>
    public static TunnelSocket Open(IpAddress local, ushort port, TunnelSocketOptions? options = null)
    {
        options ??= new TunnelSocketOptions();
        if (!BitOperations.IsPow2(options.SendPorts) || options.SendPorts > MaxSendPorts)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.SendPorts, $"SendPorts must be a power of two up to {MaxSendPorts}.");
        }

        return new TunnelSocket(local, port, options);
    }

    public int Receive(Span<PacketBuffer> payloads, Span<TunnelArrival> arrivals)
    {
        if (_receiver is null)
        {
            return 0;
        }

        int wanted = Math.Min(Math.Min(payloads.Length, arrivals.Length), BatchSize);
        for (int i = 0; i < wanted; i++)
        {
            ref BatchedMessage message = ref _received.Message(i);
            message.Name = _received.Address(i);
            message.NameLength = UdpCalls.AddressSize;
            message.Control = _received.Control(i);
            message.ControlLength = (nuint)_received.ControlSize;
            ref IoVector vector = ref _received.Vector(i);
            vector.Base = MessageBatch.AddressOf(payloads[i], PacketBuffer.Headroom);
            vector.Length = (nuint)payloads[i].Room.Length;
        }

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

    /// <summary>The largest IP packet that the kernel knows to pass to a remote, outer headers included; 0 when there is no way there.</summary>
    public int PathMtuTo(IpAddress remote)
    {
        byte* name = stackalloc byte[UdpCalls.AddressSize];
        uint length = UdpCalls.WriteAddress(name, remote, Port);
        return remote.IsIpv4 != Local.IsIpv4 || SocketCalls.Connect(_probe.Value, name, length) != 0
            ? 0
            : Math.Max(0, remote.IsIpv4
                ? SocketCalls.GetOption(_probe.Value, UdpCalls.IPPROTO_IP, UdpCalls.IP_MTU)
                : SocketCalls.GetOption(_probe.Value, UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_MTU));
    }

    public void Dispose()
    {
        _receiver?.Dispose();
        _probe.Dispose();
        foreach (Descriptor sender in _senders)
        {
            sender.Dispose();
        }
    }

    private static Descriptor OpenReceiver(IpAddress local, ushort port, TunnelSocketOptions options, string operation)
    {
        Descriptor socket = OuterSocket.Open(SocketCalls.SOCK_DGRAM, 0, local, operation);
        try
        {
            int fd = socket.Value;
            SocketCalls.SetBuffers(fd, options.ReceiveBufferBytes, 4096);
            if (options.Joins)
            {
                _ = SocketCalls.TrySetOption(fd, UdpCalls.IPPROTO_UDP, UdpCalls.UDP_GRO, 1);
            }

            if (local.IsIpv4)
            {
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IP, UdpCalls.IP_RECVTOS, 1, operation);
            }
            else
            {
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_RECVTCLASS, 1, operation);

                // Tunnels over IPv6 may come without a UDP checksum (RFC 6935 section 5).
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_UDP, UdpCalls.UDP_NO_CHECK6_RX, 1, operation);
            }

            UdpCalls.Bind(fd, local, port, operation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool Accept(int index, PacketBuffer payload, out TunnelArrival arrival)
    {
        arrival = default;
        ref BatchedMessage message = ref _received.Message(index);
        if ((message.Flags & SocketCalls.MSG_TRUNC) != 0 || message.Length == 0)
        {
            Counters.ReceiveErrors++;
            return false;
        }

        payload.Reset((int)message.Length);
        (arrival.Source, arrival.SourcePort) = UdpCalls.ReadAddress(_received.Address(index));
        ReadControl(_received.Control(index), (int)message.ControlLength, ref arrival);
        if (arrival.SegmentSize >= payload.Length)
        {
            arrival.SegmentSize = 0;
        }

        Counters.ReceivedBytes += payload.Length;
        Counters.ReceivedDatagrams += arrival.SegmentSize == 0 ? 1 : (payload.Length + arrival.SegmentSize - 1) / arrival.SegmentSize;
        return true;
    }

    private static void ReadControl(byte* control, int length, ref TunnelArrival arrival)
    {
        int offset = 0;
        while (ControlData.Next(control, length, ref offset, out ControlHeader header, out byte* data, out int size))
        {
            if (header is { Level: UdpCalls.IPPROTO_UDP, Type: UdpCalls.UDP_GRO } && size >= sizeof(int))
            {
                arrival.SegmentSize = (ushort)*(int*)data;
            }
            else if (header is { Level: UdpCalls.IPPROTO_IP, Type: UdpCalls.IP_TOS } && size >= 1)
            {
                arrival.Tos = *data;
            }
            else if (header is { Level: UdpCalls.IPPROTO_IPV6, Type: UdpCalls.IPV6_TCLASS } && size >= sizeof(int))
            {
                arrival.Tos = (byte)*(int*)data;
            }
        }
    }
}

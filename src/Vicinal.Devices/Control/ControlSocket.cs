using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices.Control;

/// <summary>
/// A UDP socket for what nodes say to each other about themselves: small datagrams that leave before everything else (class selector 6, RFC 2474) with
/// the highest hop limit, and arrive in batches with the hop limit that was left and the interface. Neither waits nor allocates. One thread at a time.
/// </summary>
public sealed unsafe class ControlSocket : IDisposable
{
    /// <summary>Longer datagrams are dropped and counted.</summary>
    public const int LargestPayload = 1500;

    /// <summary>Ports that a protocol may ask its senders to use (RFC 5881 section 4).</summary>
    public const ushort FirstSenderPort = 49152;

    private const int BatchSize = 32;
    private const int ClassSelector6 = 0xC0;

    /// <summary>TC_PRIO_INTERACTIVE, the highest that needs no privilege.</summary>
    private const int Priority = 6;

    /// <summary>CMSG_SPACE of the hop limit, and of struct in6_pktinfo, which is larger than in_pktinfo.</summary>
    private const int ArrivalSize = ControlData.EntrySize + 40;

    private readonly Descriptor _socket;
    private readonly MessageBatch _batch = new(BatchSize, vectors: 1, controlSize: ArrivalSize);
    private readonly byte[] _payloads = GC.AllocateArray<byte>(BatchSize * LargestPayload, pinned: true);
    private readonly ControlArrival[] _arrivals = new ControlArrival[BatchSize];
    private readonly int[] _kept = new int[BatchSize];

    private ControlSocket(Descriptor socket, IpAddress local, ushort port)
    {
        _socket = socket;
        Local = local;
        Port = port;
        for (int i = 0; i < BatchSize; i++)
        {
            ref IoVector vector = ref _batch.Vector(i);
            vector.Base = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_payloads)) + (i * LargestPayload);
            vector.Length = LargestPayload;
        }
    }

    public IpAddress Local { get; }

    public ushort Port { get; }

    public int PollHandle => _socket.Value;

    public ControlCounters Counters { get; } = new();

    /// <summary>Opens in the calling thread's network namespace.</summary>
    /// <param name="bufferBytes">Of what is received and not yet read.</param>
    /// <exception cref="DeviceException">The address is none of the host's, or the port is taken.</exception>
    public static ControlSocket Open(IpAddress local, ushort port, int bufferBytes = 1 << 20)
    {
        string operation = $"open a control socket on {local} port {port}";
        Descriptor socket = OpenUdp(local, bufferBytes, operation);
        try
        {
            UdpCalls.Bind(socket.Value, local, port, operation);
            return new ControlSocket(socket, local, port);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The same on the first free port from <see cref="FirstSenderPort"/> on.</summary>
    public static ControlSocket OpenSender(IpAddress local, int bufferBytes = 1 << 18)
    {
        for (int port = FirstSenderPort; ; port++)
        {
            try
            {
                return Open(local, (ushort)port, bufferBytes);
            }
            catch (DeviceException e) when (e.ErrorCode == Errno.EADDRINUSE && port < ushort.MaxValue)
            {
                // The next one may be free.
            }
        }
    }

    /// <summary>Takes in what waits, up to a batch, and returns how many datagrams there are; <see cref="Payload"/> and <see cref="Arrival"/> hold them until the next call.</summary>
    /// <param name="more">The batch was full: call again.</param>
    public int Receive(out bool more)
    {
        for (int i = 0; i < BatchSize; i++)
        {
            ref BatchedMessage message = ref _batch.Message(i);
            message.Name = _batch.Address(i);
            message.NameLength = UdpCalls.AddressSize;
            message.Control = _batch.Control(i);
            message.ControlLength = (nuint)_batch.ControlSize;
        }

        int received = SocketCalls.ReceiveMany(_socket.Value, _batch.First, BatchSize, SocketCalls.MSG_DONTWAIT, null);
        more = received == BatchSize;
        int kept = 0;
        for (int i = 0; i < received; i++)
        {
            ref BatchedMessage message = ref _batch.Message(i);
            if ((message.Flags & SocketCalls.MSG_TRUNC) != 0)
            {
                Counters.TooLong++;
                continue;
            }

            (IpAddress source, ushort port) = UdpCalls.ReadAddress(_batch.Address(i));
            _arrivals[kept] = ArrivalOf(source, port, _batch.Control(i), (int)message.ControlLength);
            _kept[kept++] = i;
        }

        Counters.Received += kept;
        return kept;
    }

    public ReadOnlySpan<byte> Payload(int index)
    {
        int place = _kept[index];
        return _payloads.AsSpan(place * LargestPayload, (int)_batch.Message(place).Length);
    }

    public ref readonly ControlArrival Arrival(int index) => ref _arrivals[index];

    /// <summary>False when there is no way there or no room, which is counted; whoever needs an answer asks again.</summary>
    public bool Send(IpAddress remote, ushort port, ReadOnlySpan<byte> payload)
    {
        byte* name = stackalloc byte[UdpCalls.AddressSize];
        uint length = UdpCalls.WriteAddress(name, remote, port);
        fixed (byte* first = payload)
        {
            if (SocketCalls.SendTo(_socket.Value, first, (nuint)payload.Length, SocketCalls.MSG_DONTWAIT, name, length) == payload.Length)
            {
                Counters.Sent++;
                return true;
            }
        }

        Counters.SendFailed++;
        return false;
    }

    public void Dispose() => _socket.Dispose();

    private static Descriptor OpenUdp(IpAddress local, int bufferBytes, string operation)
    {
        int type = SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_CLOEXEC | SocketCalls.SOCK_NONBLOCK;
        Descriptor socket = Descriptor.Own(SocketCalls.Socket(UdpCalls.FamilyOf(local), type, 0), operation);
        try
        {
            int fd = socket.Value;
            SocketCalls.SetBuffers(fd, bufferBytes, bufferBytes);
            if (local.IsIpv4)
            {
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IP, UdpCalls.IP_RECVTTL, 1, operation);
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IP, UdpCalls.IP_PKTINFO, 1, operation);
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IP, UdpCalls.IP_TTL, byte.MaxValue, operation);
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IP, UdpCalls.IP_TOS, ClassSelector6, operation);
            }
            else
            {
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_V6ONLY, 1, operation);
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_RECVHOPLIMIT, 1, operation);
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_RECVPKTINFO, 1, operation);
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_UNICAST_HOPS, byte.MaxValue, operation);
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_TCLASS, ClassSelector6, operation);
            }

            // After the octet above, which sets a priority of its own.
            SocketCalls.SetOption(fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_PRIORITY, Priority, operation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ControlArrival ArrivalOf(IpAddress source, ushort port, byte* control, int length)
    {
        byte hopLimit = 0;
        int index = 0;
        int offset = 0;
        while (ControlData.Next(control, length, ref offset, out ControlHeader header, out byte* data, out int size))
        {
            switch (header.Level, header.Type)
            {
                case (UdpCalls.IPPROTO_IP, UdpCalls.IP_TTL) or (UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_HOPLIMIT) when size >= sizeof(int):
                    hopLimit = (byte)*(int*)data;
                    break;
                case (UdpCalls.IPPROTO_IP, UdpCalls.IP_PKTINFO) when size >= sizeof(int):
                    // struct in_pktinfo begins with it.
                    index = *(int*)data;
                    break;
                case (UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_PKTINFO) when size >= 16 + sizeof(int):
                    // struct in6_pktinfo begins with the address that the datagram was for.
                    index = *(int*)(data + 16);
                    break;
                default:
                    break;
            }
        }

        return new ControlArrival(source, port, hopLimit, index);
    }
}

using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices.Tunnels;

/// <summary>What sockets that send tunnel packets have in common, whatever is between IP and the tunnel header.</summary>
internal static unsafe class OuterSocket
{
    /// <summary>Opens a socket for sending from the address. Nobody reads it: what comes to it is dropped at once.</summary>
    /// <param name="port">The local port, 0 for any; meaningless for raw sockets.</param>
    public static Descriptor OpenSender(int type, int protocol, IpAddress local, ushort port, int sendBufferBytes, string operation)
    {
        Descriptor socket = Open(type, protocol, local, operation);
        try
        {
            int fd = socket.Value;
            SocketCalls.SetBuffers(fd, 4096, sendBufferBytes);
            ClassicBpf.Attach(fd, PacketFilters.Nothing);
            if (local.IsIpv4)
            {
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IP, UdpCalls.IP_MTU_DISCOVER, UdpCalls.PMTUDISC_DO, operation);
            }
            else
            {
                SocketCalls.SetOption(fd, UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_MTU_DISCOVER, UdpCalls.PMTUDISC_DO, operation);
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

    public static Descriptor Open(int type, int protocol, IpAddress local, string operation)
    {
        Descriptor socket = Descriptor.Own(
            SocketCalls.Socket(UdpCalls.FamilyOf(local), type | SocketCalls.SOCK_CLOEXEC | SocketCalls.SOCK_NONBLOCK, protocol), operation);
        if (local.IsIpv6)
        {
            _ = SocketCalls.TrySetOption(socket.Value, UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_V6ONLY, 1);
        }

        return socket;
    }

    /// <summary>Appends the outer DSCP and ECN octet to a message's control data; returns the bytes in use.</summary>
    public static int AppendTos(byte* control, in TunnelDeparture departure)
    {
        int tos = departure.Tos;
        return departure.Remote.IsIpv4
            ? ControlData.Append(control, 0, UdpCalls.IPPROTO_IP, UdpCalls.IP_TOS, &tos, sizeof(int))
            : ControlData.Append(control, 0, UdpCalls.IPPROTO_IPV6, UdpCalls.IPV6_TCLASS, &tos, sizeof(int));
    }

    /// <summary>What an error of sendmmsg(2) is to the caller, counted.</summary>
    public static TunnelSendStatus Count(TunnelCounters counters, int error, int bytes, int datagrams)
    {
        switch (error)
        {
            case Errno.Success:
                counters.SentDatagrams += datagrams;
                counters.SentBytes += bytes;
                return TunnelSendStatus.Sent;
            case Errno.EMSGSIZE:
                counters.SendTooBig += datagrams;
                return TunnelSendStatus.TooBig;
            case Errno.ENETUNREACH or Errno.EHOSTUNREACH or Errno.ENETDOWN or Errno.ENODEV:
                counters.SendUnreachable += datagrams;
                return TunnelSendStatus.Unreachable;
            default:
                counters.SendDropped += datagrams;
                return TunnelSendStatus.Dropped;
        }
    }
}

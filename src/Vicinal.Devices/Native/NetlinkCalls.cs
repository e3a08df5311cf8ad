using System.Runtime.InteropServices;

namespace Vicinal.Devices.Native;

/// <summary>What linux/netlink.h defines for the socket; the messages are in Vicinal.Devices.Netlink.</summary>
internal static unsafe class NetlinkCalls
{
    public const int NETLINK_ROUTE = 0;
    public const int NETLINK_NETFILTER = 12;
    public const int SOL_NETLINK = 270;
    public const int NETLINK_ADD_MEMBERSHIP = 1;
    public const int NETLINK_EXT_ACK = 11;
    public const int NETLINK_GET_STRICT_CHK = 12;

    public static void Bind(int socket)
    {
        NetlinkAddress address = new() { Family = SocketCalls.AF_NETLINK };
        if (SocketCalls.Bind(socket, &address, (uint)sizeof(NetlinkAddress)) != 0)
        {
            throw DeviceException.FromLastError("bind a netlink socket");
        }
    }

    /// <summary>Receives one datagram and the port id of its sender, which is 0 for the kernel.</summary>
    public static int Receive(int socket, Span<byte> buffer, int flags, out uint sender)
    {
        NetlinkAddress address = default;
        uint length = (uint)sizeof(NetlinkAddress);
        fixed (byte* first = buffer)
        {
            int received = (int)SocketCalls.ReceiveFrom(socket, first, (nuint)buffer.Length, flags, &address, &length);
            sender = address.PortId;
            return received;
        }
    }

    /// <summary>struct sockaddr_nl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct NetlinkAddress
    {
        public ushort Family;
        public ushort Padding;
        public uint PortId;
        public uint Groups;
    }
}

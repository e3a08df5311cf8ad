using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Devices.Native;

/// <summary>UDP's and IP's socket options and addresses (linux/udp.h, linux/in.h, linux/in6.h).</summary>
internal static unsafe class UdpCalls
{
    public const int IPPROTO_IP = 0;
    public const int IPPROTO_UDP = 17;
    public const int IPPROTO_IPV6 = 41;

    public const int IP_TOS = 1;
    public const int IP_TTL = 2;
    public const int IP_PKTINFO = 8;
    public const int IP_MTU_DISCOVER = 10;
    public const int IP_RECVTTL = 12;
    public const int IP_RECVTOS = 13;
    public const int IP_MTU = 14;
    public const int IPV6_UNICAST_HOPS = 16;
    public const int IPV6_MTU_DISCOVER = 23;
    public const int IPV6_MTU = 24;
    public const int IPV6_V6ONLY = 26;
    public const int IPV6_RECVPKTINFO = 49;
    public const int IPV6_PKTINFO = 50;
    public const int IPV6_RECVHOPLIMIT = 51;
    public const int IPV6_HOPLIMIT = 52;
    public const int IPV6_RECVTCLASS = 66;
    public const int IPV6_TCLASS = 67;
    public const int UDP_NO_CHECK6_RX = 102;
    public const int UDP_SEGMENT = 103;
    public const int UDP_GRO = 104;

    /// <summary>Set DF, and refuse what is over the path MTU that the kernel knows.</summary>
    public const int PMTUDISC_DO = 2;

    /// <summary>Both struct sockaddr_in and sockaddr_in6 fit.</summary>
    public const int AddressSize = 28;

    public static int FamilyOf(IpAddress address) => address.IsIpv4 ? SocketCalls.AF_INET : SocketCalls.AF_INET6;

    /// <summary>Writes a socket address and returns its length.</summary>
    public static uint WriteAddress(byte* target, IpAddress address, ushort port)
    {
        Span<byte> bytes = new(target, AddressSize);
        bytes.Clear();
        *(ushort*)target = (ushort)FamilyOf(address);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], port);
        if (address.IsIpv4)
        {
            address.WriteIpv4(bytes[4..]);
            return 16;
        }

        address.WriteIpv6(bytes[8..]);
        return AddressSize;
    }

    public static (IpAddress Address, ushort Port) ReadAddress(byte* source)
    {
        ReadOnlySpan<byte> bytes = new(source, AddressSize);
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        return (*(ushort*)source == SocketCalls.AF_INET ? IpAddress.ReadIpv4(bytes[4..]) : IpAddress.ReadIpv6(bytes[8..]), port);
    }

    public static void Bind(int socket, IpAddress address, ushort port, string operation)
    {
        byte* name = stackalloc byte[AddressSize];
        uint length = WriteAddress(name, address, port);
        if (SocketCalls.Bind(socket, name, length) != 0)
        {
            throw DeviceException.FromLastError(operation);
        }
    }
}

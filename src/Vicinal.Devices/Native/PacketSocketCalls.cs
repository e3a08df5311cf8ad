using System.Runtime.InteropServices;

namespace Vicinal.Devices.Native;

/// <summary>What linux/if_packet.h defines.</summary>
internal static unsafe class PacketSocketCalls
{
    public const int SOL_PACKET = 263;
    public const int PACKET_ADD_MEMBERSHIP = 1;
    public const int PACKET_STATISTICS = 6;
    public const int PACKET_AUXDATA = 8;
    public const int PACKET_VNET_HDR = 15;
    public const int PACKET_QDISC_BYPASS = 20;
    public const int PACKET_IGNORE_OUTGOING = 23;

    public const ushort PACKET_MR_PROMISC = 1;
    public const byte PACKET_HOST = 0;
    public const byte PACKET_OUTGOING = 4;

    public const uint TP_STATUS_VLAN_VALID = 1 << 4;
    public const uint TP_STATUS_VLAN_TPID_VALID = 1 << 6;

    /// <summary>ETH_P_ALL in network byte order.</summary>
    public const ushort AllProtocols = 0x0300;

    /// <param name="interfaceIndex">0: every interface.</param>
    /// <param name="protocol">An EtherType in network byte order.</param>
    public static void Bind(int socket, int interfaceIndex, string operation, ushort protocol = AllProtocols)
    {
        LinkLayerAddress address = new()
        {
            Family = SocketCalls.AF_PACKET,
            Protocol = protocol,
            InterfaceIndex = interfaceIndex,
        };
        if (SocketCalls.Bind(socket, &address, (uint)sizeof(LinkLayerAddress)) != 0)
        {
            throw DeviceException.FromLastError(operation);
        }
    }

    /// <summary>The interface stays promiscuous as long as the socket is open.</summary>
    public static void SetPromiscuous(int socket, int interfaceIndex)
    {
        MembershipRequest request = new() { InterfaceIndex = interfaceIndex, Type = PACKET_MR_PROMISC };
        if (SocketCalls.SetOption(socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, (uint)sizeof(MembershipRequest)) != 0)
        {
            throw DeviceException.FromLastError("make the interface promiscuous");
        }
    }

    /// <summary>Frames that found the socket's buffer full since this was last asked; asking resets the kernel's count.</summary>
    public static uint TakeDropCount(int socket)
    {
        uint* statistics = stackalloc uint[2];
        uint length = 2 * sizeof(uint);
        return SocketCalls.GetOption(socket, SOL_PACKET, PACKET_STATISTICS, statistics, &length) == 0 ? statistics[1] : 0;
    }

    /// <summary>struct sockaddr_ll.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LinkLayerAddress
    {
        public ushort Family;
        public ushort Protocol;
        public int InterfaceIndex;
        public ushort HardwareType;
        public byte PacketType;
        public byte AddressLength;
        public ulong Address;
    }

    /// <summary>struct packet_mreq.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MembershipRequest
    {
        public int InterfaceIndex;
        public ushort Type;
        public ushort AddressLength;
        public ulong Address;
    }
}

/// <summary>struct tpacket_auxdata.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct PacketAuxiliaryData
{
    public readonly uint Status;
    public readonly uint Length;
    public readonly uint SnapLength;
    public readonly ushort MacOffset;
    public readonly ushort NetworkOffset;
    public readonly ushort VlanTag;
    public readonly ushort VlanProtocol;
}

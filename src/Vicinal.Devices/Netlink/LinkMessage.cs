using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Vicinal.Devices.Netlink;

/// <summary>Reads the body of RTM_NEWLINK and RTM_DELLINK: struct ifinfomsg and the IFLA attributes (linux/if_link.h).</summary>
internal static class LinkMessage
{
    public const ushort RTM_NEWLINK = 16;
    public const ushort RTM_DELLINK = 17;
    public const ushort RTM_GETLINK = 18;
    public const int FixedSize = 16;

    public const ushort IFLA_ADDRESS = 1;
    public const ushort IFLA_IFNAME = 3;
    public const ushort IFLA_MTU = 4;
    public const ushort IFLA_LINK = 5;
    public const ushort IFLA_MASTER = 10;
    public const ushort IFLA_TXQLEN = 13;
    public const ushort IFLA_LINKINFO = 18;
    public const ushort IFLA_IFALIAS = 20;
    public const ushort IFLA_AF_SPEC = 26;
    public const ushort IFLA_NET_NS_FD = 28;
    public const ushort IFLA_EXT_MASK = 29;
    public const ushort IFLA_INFO_KIND = 1;
    public const ushort IFLA_INFO_DATA = 2;

    /// <summary>RTEXT_FILTER_SKIP_STATS: counters would make a dump several times larger.</summary>
    public const uint SkipStatistics = 8;

    public const uint IFF_UP = 0x1;
    public const uint IFF_NOARP = 0x80;
    private const uint IFF_LOOPBACK = 0x8;
    private const uint IFF_RUNNING = 0x40;

    /// <summary>AF_BRIDGE: a bridge's word on its port. It comes under the same type and group and is not about the link itself.</summary>
    private const byte BridgeFamily = 7;

    public static LinkInfo? TryParse(ReadOnlySpan<byte> body)
    {
        if (body.Length < FixedSize || body[0] == BridgeFamily)
        {
            return null;
        }

        uint flags = MemoryMarshal.Read<uint>(body[8..]);
        LinkInfo link = new()
        {
            Index = MemoryMarshal.Read<int>(body[4..]),
            Name = "",
            IsUp = (flags & IFF_UP) != 0,
            HasCarrier = (flags & IFF_RUNNING) != 0,
            IsLoopback = (flags & IFF_LOOPBACK) != 0,
        };
        AttributeReader attributes = new(body[FixedSize..]);
        while (attributes.Next())
        {
            link = Apply(link, attributes);
        }

        return link.Index > 0 && link.Name.Length > 0 ? link : null;
    }

    /// <summary>Writes struct ifinfomsg.</summary>
    public static void WriteFixed(Span<byte> body, int index, uint flags = 0, uint change = 0)
    {
        MemoryMarshal.Write(body[4..], index);
        MemoryMarshal.Write(body[8..], flags);
        MemoryMarshal.Write(body[12..], change);
    }

    /// <summary>An attribute of two octets in network order.</summary>
    public static void PutPort(NetlinkMessage message, ushort type, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        message.Put(type, bytes);
    }

    /// <summary>Two such values in one attribute: a range.</summary>
    public static void PutPorts(NetlinkMessage message, ushort type, ushort first, ushort last)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, first);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], last);
        message.Put(type, bytes);
    }

    private static LinkInfo Apply(LinkInfo link, in AttributeReader attribute) => attribute.Type switch
    {
        IFLA_IFNAME => link with { Name = attribute.String },
        IFLA_ADDRESS => link with { MacAddress = attribute.Mac },
        IFLA_MTU => link with { Mtu = (int)attribute.UInt32 },
        IFLA_MASTER => link with { MasterIndex = (int)attribute.UInt32 },
        IFLA_LINK => link with { ParentIndex = (int)attribute.UInt32 },
        IFLA_IFALIAS => link with { Alias = attribute.String },
        IFLA_LINKINFO => link with { Kind = KindOf(attribute.Value) },
        _ => link,
    };

    private static string KindOf(ReadOnlySpan<byte> linkInfo)
    {
        AttributeReader attributes = new(linkInfo);
        while (attributes.Next())
        {
            if (attributes.Type == IFLA_INFO_KIND)
            {
                return attributes.String;
            }
        }

        return "";
    }
}

using System.Runtime.InteropServices;
using Vicinal.Devices.Native;
using Vicinal.Packets;

namespace Vicinal.Devices.Netlink;

/// <summary>A unicast route of the kernel with one next hop.</summary>
public sealed record KernelRoute(IpPrefix Destination)
{
    /// <summary>Null: on link.</summary>
    public IpAddress? Gateway { get; init; }

    /// <summary>0 in a request: the kernel finds it by the gateway.</summary>
    public int LinkIndex { get; init; }

    public IpAddress? PreferredSource { get; init; }

    /// <summary>Smaller is better; 0 leaves the kernel's default.</summary>
    public uint Metric { get; init; }

    /// <summary>254 is main, 255 local.</summary>
    public uint Table { get; init; } = 254;
}

public sealed partial class Rtnetlink
{
    private const ushort RTM_NEWROUTE = 24;
    private const ushort RTM_DELROUTE = 25;
    private const ushort RTM_GETROUTE = 26;
    private const int RouteFixedSize = 12;
    private const ushort RTA_DST = 1;
    private const ushort RTA_OIF = 4;
    private const ushort RTA_GATEWAY = 5;
    private const ushort RTA_PRIORITY = 6;
    private const ushort RTA_PREFSRC = 7;
    private const ushort RTA_TABLE = 15;
    private const byte RTN_UNICAST = 1;
    private const byte RTPROT_STATIC = 4;
    private const byte RT_SCOPE_LINK = 253;
    private const uint RTM_F_CLONED = 0x200;

    /// <summary>Unicast routes of all tables and both families.</summary>
    public IReadOnlyList<KernelRoute> Routes()
    {
        List<KernelRoute> routes = [];
        _socket.Dump(
            (request, sequence) =>
            {
                _ = request.Begin(RTM_GETROUTE, DumpRequest, sequence, RouteFixedSize);
                request.End();
            },
            (type, body) =>
            {
                if (type == RTM_NEWROUTE && ParseRoute(body) is { } route)
                {
                    routes.Add(route);
                }
            },
            routes.Clear,
            "list routes");
        return routes;
    }

    /// <summary>Adds the route, or replaces the one to the same destination with the same metric.</summary>
    public void AddRoute(KernelRoute route)
    {
        BeginRoute(RTM_NEWROUTE, CreateOrReplace, route);
        Commit($"add route to {route.Destination}");
    }

    public void DeleteRoute(KernelRoute route)
    {
        BeginRoute(RTM_DELROUTE, Request, route);
        Commit($"delete route to {route.Destination}");
    }

    internal static KernelRoute? ParseRoute(ReadOnlySpan<byte> body)
    {
        if (body.Length < RouteFixedSize || body[7] != RTN_UNICAST || (MemoryMarshal.Read<uint>(body[8..]) & RTM_F_CLONED) != 0)
        {
            return null;
        }

        IpAddress destination = body[0] == SocketCalls.AF_INET ? IpAddress.Ipv4Any : IpAddress.Ipv6Any;
        if (body[0] is not (SocketCalls.AF_INET or SocketCalls.AF_INET6) || body[1] > destination.Bits)
        {
            return null;
        }

        KernelRoute route = new(new IpPrefix(destination, destination.Bits)) { Table = body[4] };
        AttributeReader attributes = new(body[RouteFixedSize..]);
        while (attributes.Next())
        {
            route = attributes.Type switch
            {
                RTA_GATEWAY => route with { Gateway = attributes.Address },
                RTA_OIF => route with { LinkIndex = (int)attributes.UInt32 },
                RTA_PREFSRC => route with { PreferredSource = attributes.Address },
                RTA_PRIORITY => route with { Metric = attributes.UInt32 },
                RTA_TABLE => route with { Table = attributes.UInt32 },
                _ => route,
            };
            destination = attributes.Type == RTA_DST && attributes.Address is { } a && a.IsIpv4 == destination.IsIpv4 ? a : destination;
        }

        return route with { Destination = new IpPrefix(destination, body[1]) };
    }

    private void BeginRoute(ushort type, ushort flags, KernelRoute route)
    {
        Span<byte> body = Begin(type, flags, RouteFixedSize);
        body[0] = FamilyOf(route.Destination.Address);
        body[1] = (byte)route.Destination.Length;
        body[5] = RTPROT_STATIC;
        body[6] = route.Gateway is null ? RT_SCOPE_LINK : (byte)0;
        body[7] = RTN_UNICAST;
        _message.PutUInt32(RTA_TABLE, route.Table);
        if (route.Destination.Length > 0)
        {
            _message.PutAddress(RTA_DST, route.Destination.Address);
        }

        if (route.Gateway is { } gateway)
        {
            _message.PutAddress(RTA_GATEWAY, gateway);
        }

        if (route.LinkIndex != 0)
        {
            _message.PutUInt32(RTA_OIF, (uint)route.LinkIndex);
        }

        if (route.PreferredSource is { } source)
        {
            _message.PutAddress(RTA_PREFSRC, source);
        }

        if (route.Metric != 0)
        {
            _message.PutUInt32(RTA_PRIORITY, route.Metric);
        }
    }
}

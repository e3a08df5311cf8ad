using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>The routes of a subnet as option 121 writes them (RFC 3442): a client that reads it heeds no other option about routers.</summary>
internal static class DhcpRoutes
{
    /// <summary>A host route to everywhere wins over the gateway, as in Neutron.</summary>
    public static IpAddress? DefaultOf(SubnetRow subnet)
    {
        foreach (SubnetRoute route in subnet.HostRoutes)
        {
            if (route.Destination.Length == 0)
            {
                return route.NextHop;
            }
        }

        return subnet.Gateway;
    }

    /// <summary>The default route, the way to the node's services, and the subnet's host routes as far as there is room.</summary>
    /// <returns>The octets written.</returns>
    public static int Write(in DhcpLease lease, Span<byte> target)
    {
        int length = 0;
        if (DefaultOf(lease.Subnet) is { } router)
        {
            Add(IpPrefix.Host(IpAddress.Ipv4Any), 0, router, target, ref length);
        }

        Add(IpPrefix.Host(ServiceAddress.Ipv4), 32, lease.Routed ? lease.Subnet.Gateway!.Value : IpAddress.Ipv4Any, target, ref length);
        foreach (SubnetRoute route in lease.Subnet.HostRoutes)
        {
            if (route.Destination.Length > 0)
            {
                Add(route.Destination, route.Destination.Length, route.NextHop, target, ref length);
            }
        }

        return length;
    }

    private static void Add(IpPrefix destination, int bits, IpAddress nextHop, Span<byte> target, ref int length)
    {
        int significant = (bits + 7) / 8;
        if (length + 1 + significant + 4 > target.Length)
        {
            return;
        }

        Span<byte> octets = stackalloc byte[4];
        destination.Address.WriteIpv4(octets);
        target[length++] = (byte)bits;
        octets[..significant].CopyTo(target[length..]);
        nextHop.WriteIpv4(target[(length + significant)..]);
        length += significant + 4;
    }
}

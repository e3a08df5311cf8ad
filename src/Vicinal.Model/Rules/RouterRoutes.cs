using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>A router's extra routes: their next hops must be neighbours of the router.</summary>
internal static class RouterRoutes
{
    public static void Check(Topology topology, Router router, ValueList<HostRoute> routes, int most)
    {
        if (routes.Count > most)
        {
            throw RouterFaults.RoutesExhausted(router.Id, most);
        }

        List<FixedIp> addresses = [.. RouterPorts.All(topology, router.Id).SelectMany(static port => port.FixedIps)];
        CheckNextHops(routes, [.. addresses.Select(ip => topology.Subnets[ip.SubnetId].Cidr)], [.. addresses.Select(static ip => ip.Address)]);
    }

    /// <summary>Whether the routes still hold when the gateway moves to these subnets; its addresses are not known yet.</summary>
    public static void CheckWithGateway(Topology topology, Router router, IEnumerable<Subnet> gatewaySubnets)
    {
        List<FixedIp> addresses = [.. RouterPorts.Interfaces(topology, router.Id).SelectMany(static port => port.FixedIps)];
        List<IpPrefix> connected = [.. addresses.Select(ip => topology.Subnets[ip.SubnetId].Cidr), .. gatewaySubnets.Select(static s => s.Cidr)];
        CheckNextHops(router.Routes, connected, [.. addresses.Select(static ip => ip.Address)]);
    }

    private static void CheckNextHops(ValueList<HostRoute> routes, List<IpPrefix> connected, HashSet<IpAddress> own)
    {
        foreach (HostRoute route in routes)
        {
            if (!connected.Exists(prefix => prefix.Contains(route.NextHop)))
            {
                throw RouterFaults.InvalidRoutes(routes, "the nexthop is not connected with router");
            }

            if (own.Contains(route.NextHop))
            {
                throw RouterFaults.InvalidRoutes(routes, "the nexthop is used by router");
            }

            if (route.Destination.IsIpv4 != route.NextHop.IsIpv4)
            {
                throw RouterFaults.InvalidRoutes(routes, "the nexthop is not of the destination's IP version");
            }
        }
    }
}

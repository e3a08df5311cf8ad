using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>When a subnet may not join a router, or not leave it.</summary>
internal static class RouterInterfaceChecks
{
    /// <summary>A router routes by destination, so no two of its subnets may overlap, those of the gateway's network included.</summary>
    public static void RefuseOverlap(Topology topology, Router router, Subnet joining)
    {
        List<Guid> present = [];
        foreach (Port port in RouterPorts.All(topology, router.Id))
        {
            foreach (FixedIp ip in port.FixedIps)
            {
                if (ip.SubnetId == joining.Id)
                {
                    throw RouterFaults.Bad($"Router already has a port on subnet {joining.Id}");
                }

                present.Add(ip.SubnetId);
            }
        }

        if (router.Gateway is { } gateway)
        {
            present.AddRange(topology.SubnetsByNetwork[gateway.NetworkId]);
        }

        foreach (Subnet other in present.Distinct().Order().Select(id => topology.Subnets[id]))
        {
            if (other.Cidr.Overlaps(joining.Cidr))
            {
                throw RouterFaults.Bad(
                    $"Cidr {joining.Cidr} of subnet {joining.Id} overlaps with cidr {other.Cidr} of subnet {other.Id}");
            }
        }
    }

    public static void RefuseInUse(Topology topology, Router router, Subnet subnet)
    {
        bool serves = topology.FloatingIpsByRouter[router.Id]
            .Select(id => topology.FloatingIps[id])
            .Any(fip => fip is { PortId: { } portId, FixedIpAddress: { } address }
                && topology.Ports.TryGetValue(portId, out Port? port)
                && port.FixedIps.Contains(new FixedIp(subnet.Id, address)));
        if (serves)
        {
            throw RouterFaults.InterfaceServesFloatingIp(router.Id, subnet.Id);
        }

        if (router.Routes.Any(route => subnet.Cidr.Contains(route.NextHop)))
        {
            throw RouterFaults.InterfaceServesRoute(router.Id, subnet.Id);
        }
    }

    /// <summary>A subnet whose addresses follow another router's advertisements cannot have this one as its router.</summary>
    public static void RefuseForeignAdvertisements(Subnet subnet)
    {
        if (subnet is { IpVersion: 6, Ipv6RaMode: null, Ipv6AddressMode: not null })
        {
            throw RouterFaults.Bad(
                $"IPv6 subnet {subnet.Id} configured to receive RAs from an external router cannot be added to Neutron Router.");
        }
    }

    /// <summary>All IPv6 prefixes of a network are on one interface, which advertises them together.</summary>
    public static void RefuseSecondIpv6Port(Topology topology, Router router, Port port)
    {
        if (port.FixedIps.Any(static ip => ip.Address.IsIpv6) && RouterPorts.Ipv6Interface(topology, router.Id, port.NetworkId) is { } existing)
        {
            throw RouterFaults.Bad($"Router already contains IPv6 port {existing.Id} belonging to network id {port.NetworkId}. "
                + "Only one IPv6 port from the same network subnet can be connected to a router.");
        }
    }

    /// <summary>On a subnet of someone else an address outside the pools may be someone's gateway.</summary>
    public static void RefuseAddressOutsidePools(Topology topology, Port port, Requester requester)
    {
        foreach (FixedIp ip in port.FixedIps)
        {
            Subnet subnet = topology.Subnets[ip.SubnetId];
            if (!requester.Owns(subnet.ProjectId) && !subnet.AllocationPools.Any(pool => pool.Start <= ip.Address && ip.Address <= pool.End))
            {
                throw RouterFaults.Bad($"Cannot add interface to router because specified port {port.Id} has an IP address out of the "
                    + $"allocation pool of subnet {subnet.Id}, which is not owned by the project making the request");
            }
        }
    }
}

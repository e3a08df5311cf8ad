using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>What a subnet must be, at its creation and after every change.</summary>
internal static class SubnetChecks
{
    private const int Eui64PrefixLength = 64;

    public static void RefuseOddCidr(IpPrefix cidr)
    {
        if (cidr.Length == 0)
        {
            throw NeutronFault.InvalidInput("0 is not allowed as CIDR prefix length.");
        }
    }

    public static void RefuseOverlap(Topology topology, Guid network, IpPrefix cidr)
    {
        if (topology.SubnetsByNetwork[network].Any(id => topology.Subnets[id].Cidr.Overlaps(cidr)))
        {
            throw SubnetFaults.Overlap(cidr, network);
        }
    }

    /// <summary>Asked when DHCP is on from the start or is switched on.</summary>
    public static void RefuseDhcpUnfit(IpPrefix cidr)
    {
        if (cidr.Length > (cidr.IsIpv4 ? 30 : 126))
        {
            throw NeutronFault.InvalidInput("Subnet has a prefix length that is incompatible with DHCP service enabled.");
        }

        if (cidr.Address.IsMulticast)
        {
            throw NeutronFault.InvalidInput("Multicast IP subnet is not supported if enable_dhcp is True.");
        }

        if (cidr.Address.IsLoopback)
        {
            throw NeutronFault.InvalidInput("Loopback IP subnet is not supported if enable_dhcp is True.");
        }

        if (cidr.Address.IsUnspecified)
        {
            throw NeutronFault.InvalidInput(cidr.IsIpv4
                ? "First IP '0.0.0.0' of network is not supported if enable_dhcp is True."
                : "IPv6 subnet '::' is not supported.");
        }
    }

    public static void RefuseOddGateway(IpPrefix cidr, IpAddress? gateway)
    {
        if (gateway is not { } address)
        {
            return;
        }

        RefuseOtherFamily(cidr, address, "gateway_ip");

        // Outside the cidr there is no way to tell; inside, IPv4 has two addresses that are nobody's.
        if (cidr.IsIpv4 && cidr.Length < 31 && (address == cidr.First || address == cidr.Last))
        {
            throw NeutronFault.InvalidInput("Gateway is not valid on subnet.");
        }
    }

    public static void RefuseOddServers(string subnet, IpPrefix cidr, ValueList<IpAddress> servers, CloudSettings settings)
    {
        if (servers.Count > settings.MaxDnsNameservers)
        {
            throw SubnetFaults.TooManyNameServers(subnet, settings.MaxDnsNameservers);
        }

        foreach (IpAddress server in servers)
        {
            RefuseOtherFamily(cidr, server, "dns_nameserver");
        }
    }

    public static void RefuseOddRoutes(string subnet, IpPrefix cidr, ValueList<HostRoute> routes, CloudSettings settings)
    {
        if (routes.Count > settings.MaxSubnetHostRoutes)
        {
            throw SubnetFaults.TooManyHostRoutes(subnet, settings.MaxSubnetHostRoutes);
        }

        foreach (HostRoute route in routes)
        {
            RefuseOtherFamily(cidr, route.NextHop, "nexthop");
            if (route.Destination.IsIpv4 != cidr.IsIpv4)
            {
                throw SubnetFaults.WrongFamily("destination", route.Destination.ToString(), cidr.IsIpv4 ? 4 : 6);
            }
        }
    }

    public static void RefuseOddModes(IpPrefix cidr, string? addressMode, string? raMode, bool dhcp)
    {
        if (cidr.IsIpv4)
        {
            string? wrong = raMode is not null ? "ipv6_ra_mode" : addressMode is not null ? "ipv6_address_mode" : null;
            if (wrong is not null)
            {
                throw NeutronFault.InvalidInput($"{wrong} is not valid when ip_version is 4.");
            }

            return;
        }

        if (addressMode is null && raMode is null)
        {
            return;
        }

        if (!dhcp)
        {
            throw NeutronFault.InvalidInput("ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False.");
        }

        if (addressMode is not null && raMode is not null && addressMode != raMode)
        {
            throw NeutronFault.InvalidInput(
                $"ipv6_ra_mode set to '{raMode}' with ipv6_address_mode set to '{addressMode}' is not valid. "
                + "If both attributes are set, they must be the same value.");
        }

        bool formsAddresses = (addressMode ?? raMode) is "slaac" or "dhcpv6-stateless";
        if (formsAddresses && cidr.Length != Eui64PrefixLength)
        {
            throw NeutronFault.InvalidInput(
                $"Invalid CIDR {cidr} for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the prefix to be /64.");
        }
    }

    private static void RefuseOtherFamily(IpPrefix cidr, IpAddress address, string name)
    {
        if (address.IsIpv4 != cidr.IsIpv4)
        {
            throw SubnetFaults.WrongFamily(name, address.ToString(), cidr.IsIpv4 ? 4 : 6);
        }
    }
}

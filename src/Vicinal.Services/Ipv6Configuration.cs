using Vicinal.Forwarding;

namespace Vicinal.Services;

/// <summary>What a node does for an IPv6 subnet, by Neutron's pairs of ipv6_ra_mode and ipv6_address_mode.</summary>
public static class Ipv6Configuration
{
    /// <summary>Addresses are given by DHCPv6. With neither mode set they are as well, though nobody advertises so.</summary>
    public static bool IsStateful(SubnetRow subnet) => !subnet.Cidr.IsIpv4 && subnet.EnableDhcp
        && (subnet.AddressMode == Ipv6Mode.Stateful || (subnet.AddressMode == Ipv6Mode.None && subnet.RaMode == Ipv6Mode.None));

    /// <summary>DHCPv6 is answered at all.</summary>
    public static bool IsInformed(SubnetRow subnet) => IsStateful(subnet) || (subnet.EnableDhcp && subnet.AddressMode == Ipv6Mode.Stateless);

    /// <summary>Routers of the cloud speak for it; else one of somebody else's does, or nobody.</summary>
    public static bool IsAdvertised(SubnetRow subnet) => !subnet.Cidr.IsIpv4 && subnet.EnableDhcp && subnet.RaMode != Ipv6Mode.None;
}

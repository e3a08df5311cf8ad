using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>What one port gets by DHCPv6.</summary>
/// <param name="Subnets">Of its network.</param>
/// <param name="Mtu">The network's, in bytes of layer 3.</param>
/// <param name="Seconds">For how long a client uses what it is told without asking again.</param>
public readonly record struct Dhcpv6Lease(InstanceRow Instance, IList<SubnetRow> Subnets, int Mtu, uint Seconds)
{
    /// <summary>Whether the port has the address, and has it by DHCPv6.</summary>
    public bool Gives(IpAddress address)
    {
        foreach (SubnetAddress own in Instance.Addresses)
        {
            if (own.Address == address)
            {
                return IsStateful(own);
            }
        }

        return false;
    }

    public bool IsStateful(in SubnetAddress own)
    {
        Guid id = own.SubnetId;
        for (int i = 0; i < Subnets.Count; i++)
        {
            SubnetRow subnet = Subnets[i];
            if (subnet.SubnetId == id)
            {
                return Ipv6Configuration.IsStateful(subnet);
            }
        }

        return false;
    }

    /// <summary>Whether an address may be used on the network at all (RFC 8415 section 18.3.3).</summary>
    public bool IsOnLink(IpAddress address)
    {
        for (int i = 0; i < Subnets.Count; i++)
        {
            SubnetRow subnet = Subnets[i];
            if (subnet.Cidr.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}

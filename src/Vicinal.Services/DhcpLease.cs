using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>What one port gets by DHCP: the same each time, since an address is the port's for as long as the port has it.</summary>
/// <param name="Mac">The port's; who asks in another's name hears nothing.</param>
/// <param name="Routed">A router has the subnet's gateway address, so that whatever is elsewhere is reached by it.</param>
/// <param name="Mtu">The network's, in bytes of layer 3.</param>
/// <param name="Seconds">For how long a client uses the address without asking again.</param>
public readonly record struct DhcpLease(
    MacAddress Mac, IpAddress Address, SubnetRow Subnet, InstanceRow Instance, bool Routed, int Mtu, uint Seconds)
{
    /// <summary>Who gives it: an address that the client can ask directly later on, a router's or the node's own.</summary>
    public IpAddress ServerId => Routed ? Subnet.Gateway!.Value : ServiceAddress.Ipv4;

    /// <summary>Both are this node, whichever the client heard when it began; a router may have come or gone since.</summary>
    public bool IsServer(IpAddress id) => id == ServiceAddress.Ipv4 || id == Subnet.Gateway;
}

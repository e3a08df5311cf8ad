using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Calculators;

/// <summary>
/// Router ports become router interfaces, by the port's id. One that is administratively down is none: its router neither
/// answers nor routes there, and it joins no networks.
/// </summary>
internal sealed class RouterInterfaceCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.RouterInterface;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns(out Port? oldPort, out Port? newPort))
        {
            if (IsInterface(oldPort) || IsInterface(newPort))
            {
                keys.Add(change.Id);
            }
        }
        else if (change.Alters(static s => s.Cidr, out Subnet? _, out Subnet? _))
        {
            keys.UnionWith(before.RouterPortsBySubnet[change.Id]);
            keys.UnionWith(after.RouterPortsBySubnet[change.Id]);
        }
    }

    public override Row? Compute(Guid key, Topology topology)
    {
        if (!topology.Ports.TryGetValue(key, out Port? port) || !IsInterface(port) || !port.AdminStateUp
            || !Guid.TryParse(port.DeviceId, out Guid routerId))
        {
            return null;
        }

        return new RouterInterfaceRow(routerId, port.Id, port.NetworkId, port.MacAddress, AddressesOf(port, topology));
    }

    /// <summary>The fixed IPs with the prefix lengths of their subnets; one whose subnet is gone is left out.</summary>
    public static ValueList<InterfaceAddress> AddressesOf(Port port, Topology topology)
    {
        List<InterfaceAddress> addresses = [];
        foreach (FixedIp ip in port.FixedIps)
        {
            if (topology.Subnets.TryGetValue(ip.SubnetId, out Subnet? subnet))
            {
                addresses.Add(new InterfaceAddress(ip.Address, subnet.Cidr.Length));
            }
        }

        return addresses.ToValueList();
    }

    private static bool IsInterface(Port? port) => port is not null && DeviceOwner.IsRouterInterface(port.DeviceOwner);
}

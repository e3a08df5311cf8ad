using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Calculators;

/// <summary>
/// Ports of tunnelled networks become endpoints, by the port's id. Flat and VLAN networks have none, since other nodes' ports
/// are reached by the wire. Nor have ports that nobody may send to: a port that is administratively down has no endpoint, so
/// that the source node already drops what is for it.
/// </summary>
internal sealed class EndpointCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.Endpoint;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns(out Port? oldPort, out Port? newPort) && (IsInstancePort(oldPort) || IsInstancePort(newPort)))
        {
            keys.Add(change.Id);
        }
        else if (change.Alters(static n => n.NetworkType, out Network? _, out Network? _))
        {
            // A network's type is fixed at creation, when it has no ports: this costs nothing but in a full build.
            keys.UnionWith(before.PortsByNetwork[change.Id]);
            keys.UnionWith(after.PortsByNetwork[change.Id]);
        }
    }

    public override Row? Compute(Guid key, Topology topology)
    {
        if (!topology.Ports.TryGetValue(key, out Port? port) || !IsInstancePort(port) || !port.AdminStateUp
            || !topology.Networks.TryGetValue(port.NetworkId, out Network? network) || !SegmentCalculator.IsTunnelled(network))
        {
            return null;
        }

        return new EndpointRow(
            port.NetworkId,
            port.Id,
            port.PortKey,
            port.MacAddress,
            AddressesOf(port),
            port.BindingHostId.Length == 0 ? null : port.BindingHostId,
            AnyAddress: !port.PortSecurityEnabled,
            PairMacs: port.AllowedAddressPairs.Select(static p => p.Mac).Where(m => m != port.MacAddress).Distinct().ToValueList());
    }

    /// <summary>
    /// Router interfaces are everywhere, gateways are where the gateway is, and floating IPs where their owner is: the router's
    /// rows say so. All other ports are somebody's instance in one place.
    /// </summary>
    public static bool IsInstancePort(Port? port) => port is not null
        && !DeviceOwner.IsRouterInterface(port.DeviceOwner)
        && port.DeviceOwner is not (DeviceOwner.RouterGateway or DeviceOwner.FloatingIp);

    private static ValueList<IpAddress> AddressesOf(Port port)
    {
        IEnumerable<IpAddress> single = port.AllowedAddressPairs
            .Where(static p => p.Prefix.Length == p.Prefix.Address.Bits)
            .Select(static p => p.Prefix.Address);
        return port.FixedIps.Select(static f => f.Address).Concat(single).Distinct().ToValueList();
    }
}

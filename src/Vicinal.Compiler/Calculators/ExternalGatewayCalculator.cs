using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Calculators;

/// <summary>A router's external side, by the router's id: the gateway port with its addresses and the way out.</summary>
internal sealed class ExternalGatewayCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.ExternalGateway;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Alters(static r => r.Gateway, out Router? _, out Router? _))
        {
            keys.Add(change.Id);
        }
        else if (change.Concerns(out Port? oldPort, out Port? newPort))
        {
            AddRouterOf(oldPort, keys);
            AddRouterOf(newPort, keys);
        }
        else if (change.Alters(static s => (s.Cidr, s.GatewayIp), out Subnet? oldSubnet, out Subnet? newSubnet))
        {
            // The way out of every router on this external network may have changed with its subnet.
            Guid network = (newSubnet ?? oldSubnet)!.NetworkId;
            keys.UnionWith(before.RoutersByExternalNetwork[network]);
            keys.UnionWith(after.RoutersByExternalNetwork[network]);
        }
    }

    public override Row? Compute(Guid key, Topology topology)
    {
        if (!topology.Routers.TryGetValue(key, out Router? router) || router.Gateway is not { } gateway
            || !topology.Ports.TryGetValue(gateway.PortId, out Port? port) || !port.AdminStateUp)
        {
            return null;
        }

        return new ExternalGatewayRow(
            router.Id,
            port.Id,
            gateway.NetworkId,
            port.MacAddress,
            RouterInterfaceCalculator.AddressesOf(port, topology),
            NextHopsOf(port, topology),
            gateway.EnableSnat);
    }

    /// <summary>The first gateway address of each family among the gateway port's subnets, in the order of its fixed IPs.</summary>
    private static ValueList<IpAddress> NextHopsOf(Port port, Topology topology)
    {
        List<IpAddress> hops = [];
        foreach (FixedIp ip in port.FixedIps)
        {
            if (topology.Subnets.TryGetValue(ip.SubnetId, out Subnet? subnet) && subnet.GatewayIp is { } hop
                && !hops.Exists(h => h.IsIpv4 == hop.IsIpv4))
            {
                hops.Add(hop);
            }
        }

        return hops.ToValueList();
    }

    private static void AddRouterOf(Port? port, ISet<Guid> keys)
    {
        if (port?.DeviceOwner == DeviceOwner.RouterGateway && Guid.TryParse(port.DeviceId, out Guid router))
        {
            keys.Add(router);
        }
    }
}

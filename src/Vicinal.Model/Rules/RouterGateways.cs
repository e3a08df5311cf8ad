using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>A router's way out: the external network, the port on it, and the nodes that serve it.</summary>
public static class RouterGateways
{
    /// <summary>Sets, changes or (null) clears the gateway.</summary>
    public static Router Set(TopologyEdit edit, Router router, GatewayRequest? request)
    {
        if (request is not null)
        {
            CheckNetwork(edit.Current, request);
        }

        if (!router.Routes.IsEmpty)
        {
            RouterRoutes.CheckWithGateway(edit.Current, router, SubnetsOf(edit.Current, request?.NetworkId));
        }

        Router changed = router;
        if (router.Gateway is { } old && old.NetworkId != request?.NetworkId)
        {
            changed = Clear(edit, router, old);
        }

        if (request is not null)
        {
            changed = changed.Gateway is { } kept ? Change(edit, changed, kept, request) : Attach(edit, changed, request);
        }

        return GatewayScheduling.Schedule(edit, changed);
    }

    /// <summary>
    /// Gives the gateways of an external network an address of a subnet that has just been added to it, unless they have one
    /// of that family already: the first IPv6 subnet makes existing routers reachable over IPv6.
    /// </summary>
    public static void SubnetAdded(TopologyEdit edit, Subnet subnet)
    {
        foreach (Guid id in edit.Current.RoutersByExternalNetwork[subnet.NetworkId].Order())
        {
            Router router = edit.Current.Routers[id];
            Port port = edit.Current.Ports[router.Gateway!.PortId];
            if (port.FixedIps.Any(ip => ip.Address.IsIpv4 == subnet.Cidr.IsIpv4))
            {
                continue;
            }

            ValueList<FixedIp> more = RouterAddresses.Requested(
                edit.Current, subnet.NetworkId, [new FixedIpRequest(subnet.Id, null)], port.MacAddress);
            _ = edit.Put(port with { FixedIps = [.. port.FixedIps, .. more] });
            edit.Touch(router);
        }
    }

    private static void CheckNetwork(Topology topology, GatewayRequest request)
    {
        Network network = topology.Networks.GetValueOrDefault(request.NetworkId) ?? throw RouterFaults.NetworkNotFound(request.NetworkId);
        if (!network.External)
        {
            throw RouterFaults.Bad($"Network {network.Id} is not an external network");
        }

        foreach (Subnet subnet in SubnetsOf(topology, network.Id))
        {
            if (subnet.GatewayIp is { } upstream && request.ExternalFixedIps.Any(ip => ip.Address == upstream))
            {
                throw RouterFaults.Bad($"External IP {upstream} is the same as the gateway IP");
            }
        }
    }

    private static Router Attach(TopologyEdit edit, Router router, GatewayRequest request)
    {
        foreach (Subnet subnet in SubnetsOf(edit.Current, request.NetworkId))
        {
            RouterInterfaceChecks.RefuseOverlap(edit.Current, router, subnet);
        }

        MacAddress mac = RouterSystemPorts.FreeMac(edit, request.NetworkId);
        ValueList<FixedIp> addresses = request.ExternalFixedIps.IsEmpty
            ? RouterAddresses.ForGateway(edit.Current, request.NetworkId, mac)
            : RouterAddresses.Requested(edit.Current, request.NetworkId, request.ExternalFixedIps, mac);
        Port port = edit.Put(RouterSystemPorts.New(edit, request.NetworkId, mac, addresses, DeviceOwner.RouterGateway, router.Id));
        return edit.Put(router with { Gateway = new GatewayInfo(request.NetworkId, port.Id, request.EnableSnat.Or(true)) });
    }

    private static Router Change(TopologyEdit edit, Router router, GatewayInfo gateway, GatewayRequest request)
    {
        if (!request.ExternalFixedIps.IsEmpty)
        {
            Port port = edit.Current.Ports[gateway.PortId];
            ValueList<FixedIp> addresses = RouterAddresses.Requested(
                edit.Current, gateway.NetworkId, request.ExternalFixedIps, port.MacAddress, own: port.Id);
            Port changed = edit.Put(port with { FixedIps = addresses });
            if (changed.RevisionNumber != port.RevisionNumber)
            {
                edit.Touch(router);
                router = edit.Current.Routers[router.Id];
            }
        }

        return edit.Put(router with { Gateway = gateway with { EnableSnat = request.EnableSnat.Or(true) } });
    }

    private static Router Clear(TopologyEdit edit, Router router, GatewayInfo gateway)
    {
        if (edit.Current.FloatingIpsByRouter.Has(router.Id))
        {
            throw RouterFaults.GatewayServesFloatingIp(router.Id, gateway.NetworkId);
        }

        // The bindings are forgotten with the gateway: those of another network are chosen for it.
        Router cleared = edit.Put(router with { Gateway = null, GatewayBindings = [] });
        edit.Remove(edit.Current.Ports[gateway.PortId]);
        return cleared;
    }

    private static IEnumerable<Subnet> SubnetsOf(Topology topology, Guid? networkId) =>
        networkId is { } id ? topology.SubnetsByNetwork[id].Order().Select(s => topology.Subnets[s]) : [];
}

using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>A router's way out: the external network, the port on it, and the nodes that serve it.</summary>
public static class RouterGateways
{
    /// <summary>Sets, changes or (null) clears the gateway.</summary>
    public static Router Set(TopologyEdit edit, Router router, GatewayRequest? request, CloudSettings settings)
    {
        if (request is not null)
        {
            CheckNetwork(edit.Current, request);
        }

        if (!router.Routes.IsEmpty)
        {
            RouterRoutes.CheckWithGateway(edit.Current, router, SubnetsOf(edit.Current, request?.NetworkId));
        }

        Router changed = router.Gateway?.NetworkId == request?.NetworkId ? router : Cleared(edit, router);
        if (request is not null)
        {
            changed = changed.Gateway is { } kept ? Change(edit, changed, kept, request) : Attach(edit, changed, request, settings);
        }

        return GatewayScheduling.Schedule(edit, changed, settings);
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

            IEnumerable<FixedIpRequest> held = port.FixedIps.Select(static ip => new FixedIpRequest(ip.SubnetId, ip.Address));
            _ = PortRules.ChangeAddresses(edit, port, [.. held, new FixedIpRequest(subnet.Id, null)]);
            edit.Touch(router);
        }
    }

    /// <summary>The router without gateway. Its nodes are as they were: the caller schedules it anew.</summary>
    internal static Router Cleared(TopologyEdit edit, Router router)
    {
        if (router.Gateway is not { } gateway)
        {
            return router;
        }

        if (edit.Current.FloatingIpsByRouter.Has(router.Id))
        {
            throw RouterFaults.GatewayServesFloatingIp(router.Id, gateway.NetworkId);
        }

        Router cleared = edit.Put(router with { Gateway = null });
        PortRules.Remove(edit, edit.Current.Ports[gateway.PortId]);
        return cleared;
    }

    private static void CheckNetwork(Topology topology, GatewayRequest request)
    {
        Network network = topology.Networks.GetValueOrDefault(request.NetworkId) ?? throw NetworkFaults.NotFound(request.NetworkId);
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

    private static Router Attach(TopologyEdit edit, Router router, GatewayRequest request, CloudSettings settings)
    {
        foreach (Subnet subnet in SubnetsOf(edit.Current, request.NetworkId))
        {
            RouterInterfaceChecks.RefuseOverlap(edit.Current, router, subnet);
        }

        Port port = PortRules.CreateSystemPort(
            edit,
            new SystemPort
            {
                NetworkId = request.NetworkId,
                DeviceOwner = DeviceOwner.RouterGateway,
                DeviceId = router.Id.ToString(),
                FixedIps = request.ExternalFixedIps.IsEmpty ? null : request.ExternalFixedIps,
            },
            settings);
        return edit.Put(router with { Gateway = new GatewayInfo(request.NetworkId, port.Id, request.EnableSnat.Or(true)) });
    }

    private static Router Change(TopologyEdit edit, Router router, GatewayInfo gateway, GatewayRequest request)
    {
        if (!request.ExternalFixedIps.IsEmpty)
        {
            Port port = edit.Current.Ports[gateway.PortId];
            Port changed = PortRules.ChangeAddresses(edit, port, request.ExternalFixedIps);
            if (changed.RevisionNumber != port.RevisionNumber)
            {
                edit.Touch(router);
                router = edit.Current.Routers[router.Id];
            }
        }

        return edit.Put(router with { Gateway = gateway with { EnableSnat = request.EnableSnat.Or(true) } });
    }

    private static IEnumerable<Subnet> SubnetsOf(Topology topology, Guid? networkId) =>
        networkId is { } id ? topology.SubnetsByNetwork[id].Order().Select(s => topology.Subnets[s]) : [];
}

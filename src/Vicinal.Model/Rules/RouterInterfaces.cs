using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Joins subnets to routers and parts them again.</summary>
public static class RouterInterfaces
{
    public static InterfaceAnswer Add(
        TopologyEdit edit, Guid routerId, InterfaceRequest request, CloudSettings settings, Requester requester)
    {
        Router router = RouterRules.Get(edit.Current, routerId);
        if (request is { SubnetId: not null, PortId: not null })
        {
            throw RouterFaults.Bad("Cannot specify both subnet-id and port-id");
        }

        (Port port, ValueList<Guid> subnets) = request switch
        {
            { PortId: { } portId } => AddPort(edit, router, portId, requester),
            { SubnetId: { } subnetId } => (AddSubnet(edit, router, subnetId, settings, requester), [subnetId]),
            _ => throw NothingSaid(),
        };
        edit.Touch(router);
        _ = GatewayScheduling.Schedule(edit, edit.Current.Routers[routerId], settings);
        return Answer(router, port, subnets);
    }

    /// <summary>By port, by subnet or by both, which must then match.</summary>
    public static InterfaceAnswer Remove(TopologyEdit edit, Guid routerId, InterfaceRequest request, CloudSettings settings)
    {
        Router router = RouterRules.Get(edit.Current, routerId);
        InterfaceAnswer answer = request switch
        {
            { PortId: { } portId } => RemovePort(edit, router, portId, request.SubnetId),
            { SubnetId: { } subnetId } => RemoveSubnet(edit, router, subnetId),
            _ => throw NothingSaid(),
        };
        edit.Touch(router);
        _ = GatewayScheduling.Schedule(edit, edit.Current.Routers[routerId], settings);
        return answer;
    }

    private static (Port Port, ValueList<Guid> Subnets) AddPort(TopologyEdit edit, Router router, Guid portId, Requester requester)
    {
        Topology topology = edit.Current;
        Port port = topology.Ports.GetValueOrDefault(portId) ?? throw PortFaults.NotFound(portId);
        if (!requester.Owns(port.ProjectId) && !requester.Owns(topology.Networks[port.NetworkId].ProjectId))
        {
            throw PortFaults.NotFound(portId);
        }

        if (port.DeviceId.Length > 0)
        {
            throw RouterFaults.PortInUse(port);
        }

        if (port.FixedIps.IsEmpty)
        {
            throw RouterFaults.Bad("Router port must have at least one fixed IP");
        }

        List<Subnet> subnets = [.. port.FixedIps.Select(ip => topology.Subnets[ip.SubnetId]).DistinctBy(static s => s.Id)];
        subnets.ForEach(RouterInterfaceChecks.RefuseForeignAdvertisements);
        RouterInterfaceChecks.RefuseSecondIpv6Port(topology, router, port);
        foreach (Subnet subnet in subnets)
        {
            RouterInterfaceChecks.RefuseOverlap(topology, router, subnet);
        }

        if (subnets.Count(static s => s.IpVersion == 4) > 1)
        {
            throw RouterFaults.Bad("Cannot have multiple IPv4 subnets on router port");
        }

        RouterInterfaceChecks.RefuseAddressOutsidePools(topology, port, requester);
        return (edit.Put(RouterPorts.AsInterfaceOf(router, port)), subnets.Select(static s => s.Id).ToValueList());
    }

    private static Port AddSubnet(TopologyEdit edit, Router router, Guid subnetId, CloudSettings settings, Requester requester)
    {
        Topology topology = edit.Current;
        Subnet subnet = VisibleSubnet(topology, subnetId, requester);
        if (subnet.GatewayIp is not { } gatewayIp)
        {
            throw RouterFaults.Bad("Subnet for router interface must have a gateway IP");
        }

        if (!requester.Owns(subnet.ProjectId))
        {
            throw RouterFaults.Bad($"Cannot add interface to router because subnet {subnetId} is not owned by project making the request");
        }

        RouterInterfaceChecks.RefuseForeignAdvertisements(subnet);
        RouterInterfaceChecks.RefuseOverlap(topology, router, subnet);
        if (topology.Allocations.OwnerOf(subnetId, gatewayIp) is not null)
        {
            throw PortFaults.AddressTaken(gatewayIp, subnetId);
        }

        FixedIp address = new(subnetId, gatewayIp);
        if (subnet.IpVersion == 6 && RouterPorts.Ipv6Interface(topology, router.Id, subnet.NetworkId) is { } shared)
        {
            return edit.Put(shared with { FixedIps = [.. shared.FixedIps, address] });
        }

        return PortRules.CreateSystemPort(
            edit,
            new SystemPort
            {
                NetworkId = subnet.NetworkId,
                DeviceOwner = RouterPorts.InterfaceOwner(router),
                DeviceId = router.Id.ToString(),
                ProjectId = router.ProjectId,
                FixedIps = [new FixedIpRequest(subnetId, gatewayIp)],
            },
            settings);
    }

    private static InterfaceAnswer RemovePort(TopologyEdit edit, Router router, Guid portId, Guid? subnetId)
    {
        Port port = RouterPorts.Interfaces(edit.Current, router.Id).FirstOrDefault(p => p.Id == portId)
            ?? throw RouterFaults.NoInterface(router.Id, portId);
        ValueList<Guid> subnets = port.FixedIps.Select(static ip => ip.SubnetId).Distinct().ToValueList();
        if (subnetId is { } asked && !subnets.Contains(asked))
        {
            throw RouterFaults.SubnetMismatch(portId, asked);
        }

        foreach (Guid id in subnets)
        {
            RouterInterfaceChecks.RefuseInUse(edit.Current, router, edit.Current.Subnets[id]);
        }

        PortRules.Remove(edit, port);
        return Answer(router, port, subnets);
    }

    private static InterfaceAnswer RemoveSubnet(TopologyEdit edit, Router router, Guid subnetId)
    {
        Subnet subnet = edit.Current.Subnets.GetValueOrDefault(subnetId) ?? throw SubnetFaults.NotFound(subnetId);
        Port port = RouterPorts.InterfaceOn(edit.Current, router.Id, subnetId) ?? throw RouterFaults.NoInterfaceOn(router.Id, subnetId);
        RouterInterfaceChecks.RefuseInUse(edit.Current, router, subnet);
        ValueList<FixedIp> rest = port.FixedIps.Where(ip => ip.SubnetId != subnetId).ToValueList();
        if (rest.IsEmpty)
        {
            PortRules.Remove(edit, port);
        }
        else
        {
            FloatingIpDetachment.FollowAddresses(edit, edit.Put(port with { FixedIps = rest }));
        }

        return Answer(router, port, [subnetId]);
    }

    private static Subnet VisibleSubnet(Topology topology, Guid id, Requester requester) =>
        topology.Subnets.TryGetValue(id, out Subnet? subnet)
            && (requester.Owns(subnet.ProjectId) || topology.Networks[subnet.NetworkId] is { Shared: true } or { External: true })
            ? subnet
            : throw SubnetFaults.NotFound(id);

    private static NeutronFault NothingSaid() => RouterFaults.Bad("Either subnet_id or port_id must be specified");

    private static InterfaceAnswer Answer(Router router, Port port, ValueList<Guid> subnets) =>
        new(router.Id, port.ProjectId, port.Id, port.NetworkId, subnets);
}

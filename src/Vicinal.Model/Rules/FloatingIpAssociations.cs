using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Ties a floating IP to one address of a port, through the router between that port's subnet and the outside.</summary>
internal static class FloatingIpAssociations
{
    /// <summary>The floating IP as the request wants it tied; the caller puts it.</summary>
    public static FloatingIp Apply(Topology topology, FloatingIp fip, FloatingIpRequest request, Requester requester)
    {
        IpAddress? wanted = request.FixedIpAddress.Or(null);
        Guid? portId = request.PortId.Or(null);
        if (wanted is not null && portId is null)
        {
            throw FloatingIpFaults.Bad("fixed_ip_address cannot be specified without a port_id");
        }

        if (!request.PortId.IsGiven)
        {
            return fip;
        }

        if (portId is not { } id)
        {
            return Disassociated(fip);
        }

        FixedAddress target = Target(topology, id, wanted, fip.ProjectId, requester);
        Guid router = RouterFor(topology, target, fip.FloatingNetworkId);
        RefuseTaken(topology, fip, target);
        FloatingIp tied = fip with { PortId = id, FixedIpAddress = target.Address, RouterId = router };

        // A node that served the old address does not serve the new one: it must report again.
        return tied == fip ? fip : tied with { Status = PortStatus.Down };
    }

    public static FloatingIp Disassociated(FloatingIp fip) =>
        fip with { PortId = null, FixedIpAddress = null, RouterId = null, Status = PortStatus.Down };

    private static FixedAddress Target(Topology topology, Guid portId, IpAddress? wanted, string projectId, Requester requester)
    {
        Port port = topology.Ports.GetValueOrDefault(portId) ?? throw PortFaults.NotFound(portId);
        if (!requester.IsAdmin && port.ProjectId != projectId)
        {
            bool visible = requester.Owns(topology.Networks[port.NetworkId].ProjectId);
            throw visible
                ? FloatingIpFaults.Bad(
                    $"Cannot process floating IP association with Port {portId}, since that port is owned by a different project")
                : PortFaults.NotFound(portId);
        }

        if (port.DeviceOwner is DeviceOwner.Dhcp or DeviceOwner.FloatingIp or DeviceOwner.RouterGateway)
        {
            throw FloatingIpFaults.Bad($"Port {portId} is unable to be assigned a floating IP");
        }

        return wanted is { } address ? Named(port, address) : Only(port);
    }

    private static FixedAddress Named(Port port, IpAddress address)
    {
        if (address.IsIpv6)
        {
            throw FloatingIpFaults.Bad($"Cannot process floating IP association with {address}, since that is not an IPv4 address");
        }

        foreach (FixedIp ip in port.FixedIps)
        {
            if (ip.Address == address)
            {
                return new FixedAddress(port, ip.SubnetId, address);
            }
        }

        throw FloatingIpFaults.Bad($"Port {port.Id} does not have fixed ip {address}");
    }

    private static FixedAddress Only(Port port)
    {
        List<FixedIp> candidates = [.. port.FixedIps.Where(static ip => ip.Address.IsIpv4)];
        return candidates switch
        {
            [] => throw FloatingIpFaults.Bad($"Cannot add floating IP to port {port.Id} that has no fixed IPv4 addresses"),
            [FixedIp only] => new FixedAddress(port, only.SubnetId, only.Address),
            _ => throw FloatingIpFaults.Bad($"Port {port.Id} has multiple fixed IPv4 addresses.  "
                + "Must provide a specific IPv4 address when assigning a floating IP"),
        };
    }

    /// <summary>
    /// A router with an interface on the subnet and its gateway on the external network; the one that instances have as their
    /// default gateway comes first, since their answers go there.
    /// </summary>
    private static Guid RouterFor(Topology topology, FixedAddress target, Guid externalNetworkId)
    {
        IpAddress? defaultGateway = topology.Subnets[target.SubnetId].GatewayIp;
        List<Port> interfaces = [.. topology.RouterPortsBySubnet[target.SubnetId].Select(id => topology.Ports[id])
            .Where(port => Guid.TryParse(port.DeviceId, out Guid id) && topology.Routers.TryGetValue(id, out Router? router)
                && router.Gateway?.NetworkId == externalNetworkId)
            .OrderByDescending(port => port.FixedIps.Any(ip => ip.SubnetId == target.SubnetId && ip.Address == defaultGateway))
            .ThenBy(static port => port.DeviceId, StringComparer.Ordinal)];
        return interfaces.Count > 0
            ? Guid.Parse(interfaces[0].DeviceId)
            : throw FloatingIpFaults.NotReachable(externalNetworkId, target.SubnetId, target.Port.Id);
    }

    /// <summary>An address has one floating IP on an external network, or its packets would have two names outside.</summary>
    private static void RefuseTaken(Topology topology, FloatingIp fip, FixedAddress target)
    {
        bool taken = topology.FloatingIpsByPort[target.Port.Id]
            .Select(id => topology.FloatingIps[id])
            .Any(other => other.Id != fip.Id
                && other.FloatingNetworkId == fip.FloatingNetworkId
                && other.FixedIpAddress == target.Address);
        if (taken)
        {
            throw FloatingIpFaults.AlreadyAssociated(fip, target);
        }
    }
}

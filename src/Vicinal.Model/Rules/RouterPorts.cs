using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>The ports that make a router: its interfaces and its gateway.</summary>
public static class RouterPorts
{
    /// <summary>Interfaces and gateway, in order of id.</summary>
    public static IEnumerable<Port> All(Topology topology, Guid routerId) => topology.PortsByDevice[routerId.ToString()]
        .Order()
        .Select(id => topology.Ports[id])
        .Where(static port => DeviceOwner.IsRouterInterface(port.DeviceOwner) || port.DeviceOwner == DeviceOwner.RouterGateway);

    public static IEnumerable<Port> Interfaces(Topology topology, Guid routerId) =>
        All(topology, routerId).Where(static port => DeviceOwner.IsRouterInterface(port.DeviceOwner));

    /// <summary>The router's interface on the subnet.</summary>
    public static Port? InterfaceOn(Topology topology, Guid routerId, Guid subnetId) => topology.RouterPortsBySubnet[subnetId]
        .Select(id => topology.Ports[id])
        .FirstOrDefault(port => port.DeviceId == routerId.ToString());

    /// <summary>All IPv6 prefixes of a network are on one interface of the router, which advertises them together.</summary>
    internal static Port? Ipv6Interface(Topology topology, Guid routerId, Guid networkId) => Interfaces(topology, routerId)
        .FirstOrDefault(port => port.NetworkId == networkId && port.FixedIps.Any(static ip => ip.Address.IsIpv6));

    public static string InterfaceOwner(Router router) => router switch
    {
        { Distributed: true } => DeviceOwner.RouterInterfaceDistributed,
        { Ha: true } => DeviceOwner.RouterInterfaceHa,
        _ => DeviceOwner.RouterInterface,
    };

    /// <summary>The port as an interface of this router; a distributed one is on every node, so it is bound to no host.</summary>
    internal static Port AsInterfaceOf(Router router, Port port) => port with
    {
        DeviceId = router.Id.ToString(),
        DeviceOwner = InterfaceOwner(router),
        Status = PortStatus.Active,
        BindingVifType = router.Distributed ? "distributed" : "unbound",
    };

    /// <summary>
    /// A port belongs to a router by its device_owner and device_id alone, so callers must not write that pair themselves:
    /// it would join a network to a router past all checks, even to another project's (OSSA-2014-008).
    /// </summary>
    public static void RefuseForged(Topology topology, Port? before, Port after)
    {
        if ((before?.DeviceOwner, before?.DeviceId) == (after.DeviceOwner, after.DeviceId))
        {
            return;
        }

        bool claimsRouter = (DeviceOwner.IsRouterInterface(after.DeviceOwner) || after.DeviceOwner == DeviceOwner.RouterGateway)
            && Guid.TryParse(after.DeviceId, out Guid id) && topology.Routers.ContainsKey(id);
        bool leavesRouter = before is not null && Guid.TryParse(before.DeviceId, out Guid old) && topology.Routers.ContainsKey(old)
            && (DeviceOwner.IsRouterInterface(before.DeviceOwner) || before.DeviceOwner == DeviceOwner.RouterGateway);
        if (claimsRouter || leavesRouter)
        {
            throw new NeutronFault(409, "DeviceIDNotOwnedByTenant",
                $"The following device_id {(claimsRouter ? after.DeviceId : before!.DeviceId)} is not owned by your tenant or matches another tenants router.");
        }
    }
}

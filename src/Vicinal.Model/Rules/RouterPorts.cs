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

    /// <summary>The interfaces take the owner of the router's new kind.</summary>
    internal static void FollowKind(TopologyEdit edit, Router router)
    {
        foreach (Port port in Interfaces(edit.Current, router.Id).ToList())
        {
            _ = edit.Put(AsInterfaceOf(router, port));
        }
    }

    /// <summary>The port as an interface of this router: wherever the router is, so bound to no host of its own.</summary>
    internal static Port AsInterfaceOf(Router router, Port port) => port with
    {
        DeviceId = router.Id.ToString(),
        DeviceOwner = InterfaceOwner(router),
        Status = PortStatus.Active,
        BindingHostId = "",
        BindingVifType = router.Distributed ? PortBinding.Distributed : PortBinding.Unbound,
    };
}

using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Neutron's refusals about routers, word for word.</summary>
public static class RouterFaults
{
    public static NeutronFault NotFound(string id) => new(404, "RouterNotFound", $"Router {id} could not be found");

    public static NeutronFault ZoneNotFound(string zone) =>
        new(404, "AvailabilityZoneNotFound", $"AvailabilityZone {zone} could not be found.");

    public static NeutronFault Bad(string message) => new(400, "BadRequest", $"Bad router request: {message}.");

    /// <summary>Neutron's sentence, and then the way that leads there.</summary>
    public static NeutronFault Active(Router router, RouterKind wanted)
    {
        string attribute = wanted.Distributed != router.Distributed ? "the 'distributed' attribute" : "HA attribute";
        return Bad($"Cannot change {attribute} of active routers. Please set router admin_state_up to False prior to upgrade. {Steps(router, wanted)}");
    }

    public static NeutronFault InMigration(Router router, MigrationState migration) => new(409, "RouterInMigration",
        $"Router {router.Id} is being migrated from {migration.From} to {migration.To} and is {migration.Phase.ToString().ToLowerInvariant()}. "
        + "Finish that migration or take it back first.");

    public static NeutronFault MigrationOutOfOrder(Router router, string state) => new(409, "RouterMigrationOutOfOrder", $"Router {router.Id} {state}.");

    public static NeutronFault InUse(Guid router, IEnumerable<Guid> ports) =>
        new(409, "RouterInUse", $"Router {router} has ports still attached: {string.Join(", ", ports)}");

    public static NeutronFault PortInUse(Port port) => new(409, "PortInUse",
        $"Unable to complete operation on port {port.Id} for network {port.NetworkId}. "
        + $"Port already has an attached device {port.DeviceId}.");

    public static NeutronFault NoInterface(Guid router, Guid port) =>
        new(404, "RouterInterfaceNotFound", $"Router {router} does not have an interface with id {port}");

    public static NeutronFault NoInterfaceOn(Guid router, Guid subnet) =>
        new(404, "RouterInterfaceNotFoundForSubnet", $"Router {router} has no interface on subnet {subnet}");

    public static NeutronFault SubnetMismatch(Guid port, Guid subnet) => new(400, "SubnetMismatchForPort",
        $"Subnet on port {port} does not match the requested subnet {subnet}.");

    public static NeutronFault InterfaceServesFloatingIp(Guid router, Guid subnet) => new(409, "RouterInterfaceInUseByFloatingIP",
        $"Router interface for subnet {subnet} on router {router} cannot be deleted, as it is required by one or more floating IPs.");

    public static NeutronFault InterfaceServesRoute(Guid router, Guid subnet) => new(409, "RouterInterfaceInUseByRoute",
        $"Router interface for subnet {subnet} on router {router} cannot be deleted, as it is required by one or more routes.");

    public static NeutronFault GatewayServesFloatingIp(Guid router, Guid network) => new(409, "RouterExternalGatewayInUseByFloatingIp",
        $"Gateway cannot be updated for router {router}, since a gateway to external network {network} "
        + "is required by one or more floating IPs.");

    public static NeutronFault RoutesExhausted(Guid router, int most) => new(400, "RoutesExhausted",
        $"Unable to complete operation for {router}. The number of routes exceeds the maximum {most}.");

    /// <summary>The list as Python prints it.</summary>
    public static NeutronFault InvalidRoutes(ValueList<HostRoute> routes, string reason)
    {
        IEnumerable<string> printed = routes.Select(static r => $"{{'destination': '{r.Destination}', 'nexthop': '{r.NextHop}'}}");
        return new(400, "InvalidRoutes", $"Invalid format for routes: [{string.Join(", ", printed)}], {reason}");
    }

    private static string Steps(Router router, RouterKind wanted)
    {
        string where = wanted.Distributed ? "distributed" : "centralized";
        string ha = wanted.Ha ? "--ha" : "--no-ha";
        List<string> set = [.. wanted.Distributed != router.Distributed ? [$"--{where}"] : (string[])[], .. wanted.Ha != router.Ha ? [ha] : (string[])[]];
        return $"The steps are 'openstack router set --disable {router.Id}', 'openstack router set {string.Join(' ', set)} {router.Id}' and "
            + $"'openstack router set --enable {router.Id}'; or, without taking it down, 'vicinal migrate router {router.Id} --to {where} {ha}'";
    }

    public static NeutronFault NoTransitKeyLeft() =>
        new(503, "NoNetworkAvailable", "Unable to create the router. No tunnel key is available for its transit.");
}

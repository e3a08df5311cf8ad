using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>
/// A port belongs to a router by its device_owner and device_id alone, and to a floating IP by its address. Callers of the port
/// API must not write these themselves: they would join a network to a router past all checks, even to another project's
/// (OSSA-2014-008), or leave a floating IP without its address. The port rules ask here before they put a caller's change.
/// </summary>
public static class RouterPortOwnership
{
    /// <param name="before">Null for a creation.</param>
    public static void RefuseForged(Topology topology, Port? before, Port after)
    {
        bool moved = (before?.DeviceOwner, before?.DeviceId) != (after.DeviceOwner, after.DeviceId);
        if (moved && before is not null && OwnerOf(topology, before) is not null)
        {
            throw NotYours(before.DeviceId);
        }

        if (moved && OwnerOf(topology, after) is not null)
        {
            throw NotYours(after.DeviceId);
        }

        if (before is not null && before.FixedIps != after.FixedIps && OwnerOf(topology, after) is { } owner)
        {
            throw new NeutronFault(400, "BadRequest",
                $"Bad port request: Fixed IPs of port {after.Id} cannot be changed via the port API: it has device owner {owner}.");
        }
    }

    /// <summary>Refuses to delete what only its router or floating IP may delete.</summary>
    public static void RefuseDeletion(Topology topology, Port port)
    {
        if (OwnerOf(topology, port) is { } owner)
        {
            throw new NeutronFault(409, "ServicePortInUse",
                $"Port {port.Id} cannot be deleted directly via the port API: has device owner {owner}.");
        }
    }

    /// <summary>The device_owner, when it stands for a router or a floating IP that exists.</summary>
    private static string? OwnerOf(Topology topology, Port port)
    {
        if (!Guid.TryParse(port.DeviceId, out Guid id))
        {
            return null;
        }

        bool owned = port.DeviceOwner switch
        {
            DeviceOwner.FloatingIp => topology.FloatingIps.ContainsKey(id),
            DeviceOwner.RouterGateway => topology.Routers.ContainsKey(id),
            { } owner => DeviceOwner.IsRouterInterface(owner) && topology.Routers.ContainsKey(id),
        };
        return owned ? port.DeviceOwner : null;
    }

    private static NeutronFault NotYours(string deviceId) => new(409, "DeviceIDNotOwnedByTenant",
        $"The following device_id {deviceId} is not owned by your tenant or matches another tenants router.");
}

using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>What Neutron demands of routers. Gateway, routes and interfaces have files of their own.</summary>
public static class RouterRules
{
    public static Router Get(Topology topology, Guid id) => topology.Routers.GetValueOrDefault(id) ?? throw RouterFaults.NotFound(id.ToString());

    public static Router Create(TopologyEdit edit, string projectId, RouterRequest request, CloudSettings settings)
    {
        foreach (string zone in request.AvailabilityZoneHints)
        {
            if (!edit.Current.Agents.Values.Any(agent => agent.AvailabilityZone == zone))
            {
                throw RouterFaults.ZoneNotFound(zone);
            }
        }

        Router router = edit.Put(new Router
        {
            Id = edit.NewId(),
            ProjectId = projectId,
            Name = request.Name.Or(""),
            Description = request.Description.Or(""),
            AdminStateUp = request.AdminStateUp.Or(true),
            Distributed = request.Distributed.Or(settings.RouterDistributed),
            Ha = request.Ha.Or(settings.RouterHa),
            AvailabilityZoneHints = request.AvailabilityZoneHints,
            TransitVni = edit.Current.Vnis.FindFree(settings.FirstVni, settings.LastVni) ?? throw RouterFaults.NoTransitKeyLeft(),
        });
        return request.Gateway is { IsGiven: true, Value: { } gateway } ? RouterGateways.Set(edit, router, gateway, settings) : router;
    }

    /// <summary>Routes are checked against the gateway that was, then the gateway against the routes that are, as in Neutron.</summary>
    public static Router Update(TopologyEdit edit, Guid id, RouterRequest request, CloudSettings settings)
    {
        Router before = Get(edit.Current, id);
        RefuseChangeOfActive(before, request);
        Router router = before;
        if (request.Routes.IsGiven)
        {
            RouterRoutes.Check(edit.Current, router, request.Routes.Value, settings.MaxRouterRoutes);
            router = edit.Put(router with { Routes = request.Routes.Value });
        }

        if (request.Gateway.IsGiven)
        {
            router = RouterGateways.Set(edit, router, request.Gateway.Value, settings);
        }

        router = edit.Put(router with
        {
            Name = request.Name.Or(before.Name),
            Description = request.Description.Or(before.Description),
            AdminStateUp = request.AdminStateUp.Or(before.AdminStateUp),
            Distributed = request.Distributed.Or(before.Distributed),
            Ha = request.Ha.Or(before.Ha),
        });
        return (router.Distributed, router.Ha) == (before.Distributed, before.Ha) ? router : ChangeKind(edit, router);
    }

    /// <summary>The gateway goes with the router; interfaces must be gone.</summary>
    public static void Delete(TopologyEdit edit, Guid id)
    {
        Router router = Get(edit.Current, id);
        List<Guid> interfaces = [.. RouterPorts.Interfaces(edit.Current, id).Select(static port => port.Id)];
        if (interfaces.Count > 0)
        {
            throw RouterFaults.InUse(id, interfaces);
        }

        edit.Remove(RouterGateways.Cleared(edit, router));
    }

    /// <summary>
    /// A router changes between distributed and centralized, HA or not, only while it was down before and stays down: its
    /// ports change hands, and no packet may be under way.
    /// </summary>
    private static void RefuseChangeOfActive(Router before, RouterRequest request)
    {
        bool active = before.AdminStateUp || request.AdminStateUp.Or(false);
        if (active && request.Distributed.Or(before.Distributed) != before.Distributed)
        {
            throw RouterFaults.Bad("Cannot change the 'distributed' attribute of active routers. "
                + "Please set router admin_state_up to False prior to upgrade");
        }

        if (active && request.Ha.Or(before.Ha) != before.Ha)
        {
            throw RouterFaults.Bad("Cannot change HA attribute of active routers. "
                + "Please set router admin_state_up to False prior to upgrade");
        }
    }

    /// <summary>The interfaces take the owner of the router's new kind, and the gateway the nodes that serve it.</summary>
    private static Router ChangeKind(TopologyEdit edit, Router router)
    {
        foreach (Port port in RouterPorts.Interfaces(edit.Current, router.Id).ToList())
        {
            _ = edit.Put(RouterPorts.AsInterfaceOf(router, port));
        }

        return GatewayScheduling.Schedule(edit, router);
    }
}

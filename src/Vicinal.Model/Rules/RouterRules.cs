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

        bool distributed = request.Distributed.Or(settings is { RouterDistributed: true, EnableDvr: true });
        if (distributed && !settings.EnableDvr)
        {
            throw NoDvr();
        }

        Router router = edit.Put(new Router
        {
            Id = edit.NewId(),
            ProjectId = projectId,
            Name = request.Name.Or(""),
            Description = request.Description.Or(""),
            AdminStateUp = request.AdminStateUp.Or(true),
            Distributed = distributed,
            Ha = request.Ha.Or(settings.RouterHa),
            AvailabilityZoneHints = request.AvailabilityZoneHints,
            TransitVni = NetworkSegments.DrawTunnelKey(edit, NetworkTypes.Geneve, settings) ?? throw RouterFaults.NoTransitKeyLeft(),
        });
        return request.Gateway is { IsGiven: true, Value: { } gateway } ? RouterGateways.Set(edit, router, gateway, settings) : router;
    }

    /// <summary>Routes are checked against the gateway that was, then the gateway against the routes that are, as in Neutron.</summary>
    public static Router Update(TopologyEdit edit, Guid id, RouterRequest request, CloudSettings settings)
    {
        Router before = Get(edit.Current, id);
        RouterKind kind = new(request.Distributed.Or(before.Distributed), request.Ha.Or(before.Ha));
        RefuseChangeOfKind(before, kind, request, settings);
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
            Distributed = kind.Distributed,
            Ha = kind.Ha,
        });
        return kind == before.Kind ? router : ChangeKind(edit, router, settings);
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

    /// <summary>Without DVR the attribute takes no true. Neutron then does not know it at all; here a router can still be made centralized.</summary>
    internal static void RefuseDistributed(Router before, bool distributed, CloudSettings settings)
    {
        if (distributed && !before.Distributed && !settings.EnableDvr)
        {
            throw NoDvr();
        }
    }

    /// <summary>
    /// By the API a router changes between distributed and centralized, HA or not, only while it was down before and stays down.
    /// What does it without an outage is <see cref="RouterMigration"/>.
    /// </summary>
    private static void RefuseChangeOfKind(Router before, RouterKind kind, RouterRequest request, CloudSettings settings)
    {
        if (kind == before.Kind)
        {
            return;
        }

        RefuseDistributed(before, kind.Distributed, settings);
        if (before.Migration is { } migration)
        {
            throw RouterFaults.InMigration(before, migration);
        }

        if (before.AdminStateUp || request.AdminStateUp.Or(false))
        {
            throw RouterFaults.Active(before, kind);
        }
    }

    /// <summary>The interfaces take the owner of the new kind, and the scheduler chooses what the operator chose for the old one.</summary>
    private static Router ChangeKind(TopologyEdit edit, Router router, CloudSettings settings)
    {
        RouterPorts.FollowKind(edit, router);
        return GatewayScheduling.Schedule(edit, router with { GatewayCount = null }, settings);
    }

    private static NeutronFault NoDvr() => NeutronFault.BadRequest("Unrecognized attribute(s) 'distributed'");
}

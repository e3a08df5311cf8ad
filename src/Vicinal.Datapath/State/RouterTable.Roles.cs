using Vicinal.Datapath.Connections;
using Vicinal.Forwarding;

namespace Vicinal.Datapath.State;

/// <content>Who serves what of a router is not distributed, and what that makes of this node.</content>
internal sealed partial class RouterTable
{
    /// <summary>Who was said to serve. Also of routers whose rows are not here, since rows and words come in any order.</summary>
    private readonly Dictionary<Guid, string> _active = [];

    /// <summary>Without a policy nobody elects, and the first gateway node of each router serves.</summary>
    private bool _hasPolicy;

    /// <param name="host">Null: nobody serves.</param>
    public void SetActive(Guid routerId, string? host)
    {
        if (host is null)
        {
            _active.Remove(routerId);
        }
        else
        {
            _active[routerId] = host;
        }

        if (_byId.TryGetValue(routerId, out Router? router))
        {
            Serve(router);
        }
    }

    public void SetPolicy(bool present)
    {
        if (_hasPolicy != present)
        {
            _hasPolicy = present;
            foreach (Router router in _byId.Values)
            {
                Serve(router);
            }
        }
    }

    /// <summary>Brings up to date who serves, by the router's row and what was said, and what goes with that.</summary>
    private void Serve(Router router)
    {
        GatewayLease lease = LeaseOf(router.Row);
        RemoteNode? active = ActiveOf(router.Row, lease);
        if (router.ActiveGateway != active || router.Lease != lease)
        {
            bool wasHere = router.IsServedHere;
            router.ActiveGateway = active;
            router.Lease = lease;

            // Where each node routes for itself, and the role was and is another's, east-west flows go on undisturbed.
            if (wasHere || router.IsServedHere || !router.IsDistributedHere)
            {
                generations.Bump(router.Slot);
            }

            MoveOwners(router);
        }

        SetZoneRole(router);
    }

    private GatewayLease LeaseOf(RouterRow? row) => settings.ElectsGateways && _hasPolicy && row is not null ? row.Lease : GatewayLease.None;

    private RemoteNode? ActiveOf(RouterRow? row, GatewayLease lease)
    {
        if (row is null || row.GatewayNodes.IsEmpty)
        {
            return null;
        }

        return lease == GatewayLease.None ? nodes.ByHost(row.GatewayNodes[0].Host)
            : _active.TryGetValue(row.RouterId, out string? host) ? nodes.ByHost(host)
            : null;
    }

    private void MoveOwners(Router router)
    {
        if (router.Gateway is { } gateway)
        {
            generations.Bump(gateway.Slot);
            SetHere(gateway, router.IsServedHere);
        }

        foreach (StaticNat nat in router.StaticNats.Values)
        {
            if (nat.Row.AtGateway)
            {
                generations.Bump(nat.Slot);
                SetHere(nat, router.IsServedHere);
            }
        }

        foreach (RouterInterface port in router.Interfaces.Values)
        {
            SetHere(port.Owner, router.IsServedHere);
        }
    }

    /// <summary>What a gateway node knows of translated connections outlives its role, since others tell it and may hand it back; elsewhere it ends.</summary>
    private void SetZoneRole(Router router)
    {
        ZoneRole? role = router.IsServedHere ? router.Row!.GatewayNodes.Count > 1 ? ZoneRole.Active : ZoneRole.Alone
            : IsGatewayNode(router.Row) ? ZoneRole.Standby
            : null;
        if (router.ZoneRole == role)
        {
            return;
        }

        if (role is null)
        {
            changes.DeadZones.Add(router.Zone);
        }

        router.ZoneRole = role;
        changes.Roles.Add((router.Zone, role ?? ZoneRole.Alone));
        FollowUpstreams(router);
    }

    /// <summary>Who serves a gateway, or stands by for it, watches its next hops.</summary>
    private void FollowUpstreams(Router router)
    {
        Gateway? watched = router.ZoneRole is null ? null : router.Gateway;
        if (watched != router.WatchedGateway)
        {
            Upstreams.Count(watched, 1);
            Upstreams.Count(router.WatchedGateway, -1);
            router.WatchedGateway = watched;
        }
    }

    private bool IsGatewayNode(RouterRow? row)
    {
        foreach (GatewayNode node in row?.GatewayNodes ?? default)
        {
            if (node.Host == settings.Host)
            {
                return true;
            }
        }

        return false;
    }
}

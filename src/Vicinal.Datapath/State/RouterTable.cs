using System.Diagnostics.CodeAnalysis;
using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;

namespace Vicinal.Datapath.State;

/// <summary>The routers by id and by transit VNI, and what hangs on them.</summary>
internal sealed partial class RouterTable(
    NodeSettings settings, SegmentTable segments, NodeDirectory nodes, Generations generations, StateChanges changes)
{
    private readonly Dictionary<Guid, Router> _byId = [];
    private readonly ClaimIndex<uint, Router> _byTransitVni = new();

    public UpstreamTable Upstreams { get; } = new();

    public bool TryByTransitVni(uint vni, [NotNullWhen(true)] out Router? router) => _byTransitVni.TryGet(vni, out router);

    public bool TryById(Guid id, [NotNullWhen(true)] out Router? router) => _byId.TryGetValue(id, out router);

    public void Put(RouterRow row)
    {
        Router router = GetOrAdd(row.RouterId);
        Unindex(router);
        router.Row = row;
        _byTransitVni.Add(row.TransitVni, router, SegmentTable.RankOf(row.RouterId));
        router.IsDistributedHere = row.Distributed && settings.Mode != NodeMode.Legacy;
        generations.Bump(router.Slot);
        Serve(router);
        Advertise(router);
    }

    public void Put(RouterInterfaceRow row)
    {
        Router router = GetOrAdd(row.RouterId);
        Detach(router, row.PortId);
        Segment segment = segments.GetOrAdd(row.NetworkId);
        RouterInterface port = new(row, router, segment);
        ulong rank = SegmentTable.RankOf(row.PortId);
        router.Interfaces[row.PortId] = port;
        segment.Interfaces.Add(port);
        segment.InterfacesByMac.Add(row.Mac, port, rank);
        foreach (InterfaceAddress address in row.Addresses)
        {
            segment.InterfacesByAddress.Add(address.Address, port, rank);
        }

        segment.InterfacesByAddress.Add(port.LinkLocal, port, rank);
        SetHere(port.Owner, router.IsServedHere);
        changes.Advertised.Add(segment);
        RoutesChanged(router);
    }

    public void Put(RouteRow row)
    {
        Router router = GetOrAdd(row.RouterId);
        router.Routes[row.Key] = row;
        RoutesChanged(router);
    }

    public void Put(ExternalGatewayRow row)
    {
        Router router = GetOrAdd(row.RouterId);
        Gateway? old = router.Gateway;
        if (old?.Row == row)
        {
            return;
        }

        Segment external = segments.GetOrAdd(row.NetworkId);
        Gateway gateway = new(row, router, external, generations.Allocate()) { IsHere = router.IsServedHere };
        external.ProviderOwners.Add(gateway);
        RemoveOwner(old);
        if (old is not null && (old.SnatAddress != gateway.SnatAddress || old.Row.EnableSnat != row.EnableSnat))
        {
            // What was translated to another address cannot go on.
            changes.DeadZones.Add(router.Zone);
        }

        AddOwner(gateway);
        router.Gateway = gateway;
        FollowUpstreams(router);
        RoutesChanged(router);
    }

    public void Put(StaticNatRow row)
    {
        Router router = GetOrAdd(row.RouterId);
        router.StaticNats.TryGetValue(row.FloatingIpId, out StaticNat? old);
        if (old?.Row == row)
        {
            return;
        }

        Segment external = segments.GetOrAdd(row.ExternalNetworkId);
        StaticNat nat = new(row, router, external, generations.Allocate()) { IsHere = IsHere(router, row) };
        external.ProviderOwners.Add(nat);
        bool lingers = Lingers(old, nat);
        RemoveStaticNat(router, old);
        router.StaticNats[row.FloatingIpId] = nat;
        router.StaticNatsByFixedAddress.Add(row.FixedAddress, nat, SegmentTable.RankOf(row.FloatingIpId));
        router.NatSlots.Bump(row.FixedAddress.Low);
        AddOwner(nat);
        if (lingers)
        {
            BeginLingering(nat);
        }
    }

    public void Remove(Guid routerId, RowKey key)
    {
        if (!_byId.TryGetValue(routerId, out Router? router))
        {
            return;
        }

        switch (key.Kind)
        {
            case RowKind.Router:
                Unindex(router);
                router.Row = null;
                generations.Bump(router.Slot);
                Serve(router);
                Advertise(router);
                break;
            case RowKind.RouterInterface:
                Detach(router, key.Id);
                RoutesChanged(router);
                break;
            case RowKind.Route:
                router.Routes.Remove(key);
                RoutesChanged(router);
                break;
            case RowKind.ExternalGateway:
                RemoveOwner(router.Gateway);
                router.Gateway = null;
                FollowUpstreams(router);
                changes.DeadZones.Add(router.Zone);
                RoutesChanged(router);
                break;
            case RowKind.StaticNat:
                router.StaticNats.Remove(key.Id, out StaticNat? nat);
                RemoveStaticNat(router, nat);
                break;
        }

        Release(router);
    }

    private Router GetOrAdd(Guid id)
    {
        if (!_byId.TryGetValue(id, out Router? router))
        {
            router = new Router(
                id, generations.Allocate(), changes.Zones.Add(new ZoneOwner(ZoneOwnerKind.Router, id)), generations);
            _byId[id] = router;
        }

        return router;
    }

    private void RoutesChanged(Router router)
    {
        router.RebuildFib();
        generations.Bump(router.Slot);
    }

    private void Advertise(Router router)
    {
        foreach (RouterInterface port in router.Interfaces.Values)
        {
            changes.Advertised.Add(port.Segment);
        }
    }

    private void Unindex(Router router)
    {
        if (router.Row is not null)
        {
            _byTransitVni.Remove(router.Row.TransitVni, router);
        }
    }

    private void Detach(Router router, Guid portId)
    {
        if (!router.Interfaces.Remove(portId, out RouterInterface? port))
        {
            return;
        }

        Segment segment = port.Segment;
        SetHere(port.Owner, false);
        changes.Advertised.Add(segment);
        segment.Interfaces.Remove(port);
        segment.InterfacesByMac.Remove(port.Mac, port);
        segment.InterfacesByAddress.Remove(port.LinkLocal, port);
        foreach (InterfaceAddress address in port.Row.Addresses)
        {
            segment.InterfacesByAddress.Remove(address.Address, port);
        }

        segments.Release(segment);
    }

    private void Release(Router router)
    {
        if (router.IsEmpty && _byId.Remove(router.Id))
        {
            generations.Free(router.Slot);
            router.NatSlots.Release();
            changes.DeadZones.Add(router.Zone);
            changes.Zones.Remove(router.Zone);
        }
    }
}

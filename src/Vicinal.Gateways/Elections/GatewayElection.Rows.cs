using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Gateways.Elections;

public sealed partial class GatewayElection
{
    /// <summary>Rows as they come; kinds that say nothing of gateways are passed over. The first call has the whole first state.</summary>
    public void Apply(ReadOnlySpan<RowChange> changes, long now, GatewayEffects effects)
    {
        Begin(effects, now);
        foreach (RowChange change in changes)
        {
            switch (change.Key.Kind)
            {
                case RowKind.Node:
                    ApplyNode(change, now);
                    break;
                case RowKind.GatewayPolicy:
                    SetPolicy(change.Row as GatewayPolicyRow, now);
                    break;
                case RowKind.Router:
                    ApplyRouter(change, now);
                    break;
                case RowKind.ExternalGateway:
                    ElectedRouter router = RouterOf(change.Key.Id);
                    router.Network = (change.Row as ExternalGatewayRow)?.NetworkId;
                    Mark(router);
                    break;
                default:
                    break;
            }
        }

        _peersChanged = true;
        Settle(now);
    }

    private void ApplyNode(in RowChange change, long now)
    {
        if (change.Row is NodeRow node)
        {
            Peer peer = PeerOf(Hosts.Put(node.Host, node.NodeId, node.TunnelAddress));
            peer.NextClaim = now;
            peer.NextHello = now;
            _claimsDue = now;
        }
        else
        {
            Hosts.Remove(change.Key.Id);
        }
    }

    private void ApplyRouter(in RowChange change, long now)
    {
        ElectedRouter router = RouterOf(change.Key.Id);
        bool comes = !router.IsKnown;
        RouterRow? row = change.Row as RouterRow;
        router.IsKnown = row is not null;
        router.Nodes = row is null ? [] : HostsOf(row.GatewayNodes);
        router.Place = Array.IndexOf(router.Nodes, _self);
        router.Lease = row?.Lease ?? GatewayLease.None;
        router.Schedule = row?.Schedule ?? router.Schedule;
        router.UnlistedSince = ElectedRouter.Idle;
        router.TakeAt = ElectedRouter.Idle;
        if (router.Role is GatewayRole.None or GatewayRole.Standby)
        {
            router.Role = IdleRoleOf(router);
        }

        if (router.Handover is not null)
        {
            // The successor may not be chosen any more.
            EndHandover(router, now);
            router.NextHandover = now;
        }

        if (comes)
        {
            // What seems vacant may be served by somebody whose claim is on its way; what was claimed before the row came is told now.
            router.ListensUntil = now + ElectionTimes.Listen;
            if (router.Active >= 0)
            {
                Tell(router, here: false, ActiveReason.Claimed, now);
            }
        }

        Mark(router);
    }

    private int[] HostsOf(ValueList<GatewayNode> nodes)
    {
        int[] hosts = new int[nodes.Count];
        for (int i = 0; i < hosts.Length; i++)
        {
            hosts[i] = Hosts.Intern(nodes[i].Host);
            _ = PeerOf(hosts[i]);
        }

        return hosts;
    }

    /// <summary>Without elections, and where there is one gateway node and no lease, rows say who serves.</summary>
    private bool GoesByRow(ElectedRouter router)
    {
        if (_policy is null || router.Nodes.Length == 0)
        {
            return true;
        }

        // Who served under a lease hands over, or is waited for, as under a lease.
        return router.Lease == GatewayLease.None
            && router.Role != GatewayRole.Taking
            && (!router.IsServed || router.Place == 0)
            && (router.Place != 0 || router.ServesByRow || !IsLeasedElsewhere(router));
    }

    private bool IsLeasedElsewhere(ElectedRouter router) => router.Active >= 0 && router.Active != _self && router.ActiveEpoch.Turn > 0;

    private void FollowRow(ElectedRouter router, long now)
    {
        if (router.IsServed || router.Role == GatewayRole.Taking)
        {
            Stop(router, -1, router.ActiveEpoch, -1, ActiveReason.Unscheduled, now);
        }

        int host = router.Nodes.Length > 0 ? router.Nodes[0] : -1;
        bool here = host == _self;
        if (!here && router.ServesByRow)
        {
            StopServingByRow(router);
        }

        // A claim is newer than the row that it came from, and of a router without a row nothing but claims is known.
        bool claimed = _policy is not null && !here && IsLeasedElsewhere(router);
        if (claimed || IsAwaited(router, here, now) || (host == router.Active && here == router.ServesByRow) || (!router.IsKnown && !router.WasTold))
        {
            return;
        }

        Epoch epoch = new(router.Schedule, 0);
        router.Active = host;
        router.ActiveEpoch = epoch > router.ActiveEpoch ? epoch : router.ActiveEpoch;
        Tell(router, here, host >= 0 ? ActiveReason.Scheduled : ActiveReason.Unscheduled, now);
        if (here)
        {
            ServeByRow(router, now);
        }
    }

    /// <summary>Another node serves under a schedule that this one has not heard of yet: its own row is on its way, or the other's claim is from before a restored database.</summary>
    private bool IsAwaited(ElectedRouter router, bool here, long now)
    {
        long until = router.FollowedAt + ElectionTimes.RowsLate;
        bool awaited = here && !router.ServesByRow && router.Active >= 0 && router.Active != _self
            && router.ActiveEpoch.Schedule > router.Schedule && now < until;
        if (awaited)
        {
            Schedule(router, until);
        }

        return awaited;
    }

    private void ServeByRow(ElectedRouter router, long now)
    {
        router.ServesByRow = true;
        router.Epoch = router.ActiveEpoch;
        if (_policy is not null)
        {
            Claim(router, now);
        }
    }

    private void StopServingByRow(ElectedRouter router)
    {
        router.ServesByRow = false;
        _claims.Remove(router.Id);
    }
}

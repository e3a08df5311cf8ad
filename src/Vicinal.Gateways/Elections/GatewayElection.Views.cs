using Vicinal.Gateways.Leases;

namespace Vicinal.Gateways.Elections;

/// <summary>What is there, for who looks. Allocates.</summary>
public sealed partial class GatewayElection
{
    public void CopyViews(List<GatewayView> to)
    {
        foreach (ElectedRouter router in _routers)
        {
            if (router.IsKnown && router.Nodes.Length > 0)
            {
                string? active = router.Active < 0 ? null : Hosts.NameOf(router.Active);
                to.Add(new GatewayView(
                    router.Id, active, router.ActiveEpoch, router.ServesByRow ? GatewayRole.Active : router.Role, IsEligible(router),
                    router.IsListed && router.Active >= 0 && router.ReplicatedFrom == router.Active));
            }
        }
    }

    public void CopyWitnesses(List<WitnessView> to)
    {
        for (int seat = 0; seat < NodeLease.MaxSeats; seat++)
        {
            if (_lease.Seat(seat) is { } witness)
            {
                to.Add(new WitnessView(Hosts.NameOf(witness.Host), witness.Confirmed == NodeLease.Never ? null : witness.Confirmed));
            }
        }
    }

    public void CopyPeers(List<PeerView> to)
    {
        foreach (Peer peer in _peers)
        {
            if (peer.Bfd is { } session)
            {
                to.Add(new PeerView(
                    Hosts.NameOf(peer.Host), session.State, session.Diagnostic, session.Timing.Interval, session.DetectionTime, session.LastHeard, peer.Downs));
            }
        }
    }
}

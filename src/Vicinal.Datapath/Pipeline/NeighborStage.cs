using Vicinal.Datapath.Neighbors;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// Who has the next hop's address: on tunnelled segments the rows say, on provider networks the local ports are known and all others
/// are asked. Sets the destination MAC, or ends the walk: held while somebody is asked, or dropped where nobody answers.
/// </summary>
internal static class NeighborStage
{
    /// <summary>For a router that sends out of an interface.</summary>
    public static bool Resolve<TSink>(Walk w, RouterInterface port, IpAddress nextHop, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        Segment segment = port.Segment;
        if (segment.IsProvider)
        {
            return IsLocal(w, segment, nextHop, ref sink) || Ask(w, segment, nextHop, AskerFor(w, port, nextHop), ref sink);
        }

        if (segment.EndpointsByAddress.TryGet(nextHop, out Endpoint? endpoint))
        {
            w.Depend(endpoint.Slot);
            return Found(w, segment, nextHop, endpoint.Row.Mac, endpoint.Row.Origin, ref sink);
        }

        return Missing(w, segment, nextHop, ref sink);
    }

    /// <summary>For a floating IP or a gateway that sends onto its external network.</summary>
    public static bool Resolve<TSink>(Walk w, ProviderOwner owner, IpAddress nextHop, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        IpAddress? address = owner switch
        {
            Gateway gateway => gateway.AddressOf(nextHop.IsIpv4),
            StaticNat nat => nat.Row.ExternalAddress,
            _ => null,
        };
        return IsLocal(w, owner.Segment, nextHop, ref sink)
            || Ask(w, owner.Segment, nextHop, !owner.IsHere ? Prober(w, owner.Segment, nextHop) : address is { } own ? new NeighborAsker(owner.Mac, own) : null, ref sink);
    }

    private static bool IsLocal<TSink>(Walk w, Segment segment, IpAddress nextHop, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!segment.LocalPortsByAddress.TryGet(nextHop, out LocalPort? port))
        {
            return false;
        }

        w.Depend(port.Slot);
        return Found(w, segment, nextHop, port.Row!.Mac, port.Origin, ref sink);
    }

    /// <summary>
    /// An interface that is on one node alone asks as itself. Of one that each node has, the answer would be taken for its own by the node of whoever
    /// answers, so that the node asks in its own name.
    /// </summary>
    private static NeighborAsker? AskerFor(Walk w, RouterInterface port, IpAddress nextHop) =>
        !port.Router.IsDistributedHere && port.SourceFor(nextHop) is { } own
            ? new NeighborAsker(port.Mac, own)
            : Prober(w, port.Segment, nextHop);

    /// <summary>With the node's own MAC, and as a prober, so that nobody takes this MAC for another's.</summary>
    private static NeighborAsker? Prober(Walk w, Segment segment, IpAddress nextHop)
    {
        if (segment.Physical < 0)
        {
            return null;
        }

        MacAddress nic = w.Context.Settings.PhysicalNetworks[segment.Physical].NicMac;
        return new NeighborAsker(nic, nextHop.IsIpv4 ? IpAddress.Ipv4Any : IpAddress.LinkLocalFor(nic));
    }

    private static bool Ask<TSink>(Walk w, Segment segment, IpAddress nextHop, NeighborAsker? asker, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (asker is null || segment.Physical < 0)
        {
            w.Drop(DropReason.NoProviderNic);
            return false;
        }

        w.Depend(segment.OwnerSlots.For(nextHop.Low));
        NeighborVerdict verdict = w.Context.Neighbors.Look(segment.Number, nextHop);
        if (verdict.IsUsable)
        {
            w.Depend(verdict.Slot);
            w.Need = new NeighborNeed(segment.Number, nextHop, asker.Value);
            return Found(w, segment, nextHop, verdict.Mac, segment.Row!.Origin, ref sink);
        }

        if (verdict.State == NeighborState.Failed)
        {
            return Missing(w, segment, nextHop, ref sink);
        }

        w.Need = new NeighborNeed(segment.Number, nextHop, asker.Value);
        w.End(Disposition.Held);
        Stage.Neighbor.Say(segment.Row!.Origin, $"held while {asker.Value.Mac} asks who has {nextHop}", ref sink);

        return false;
    }

    private static bool Found<TSink>(Walk w, Segment segment, IpAddress nextHop, MacAddress mac, Origin origin, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.H.DestinationMac = mac;
        Stage.Neighbor.Say(origin, $"{nextHop} is {mac}", ref sink);

        return true;
    }

    private static bool Missing<TSink>(Walk w, Segment segment, IpAddress nextHop, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Drop(DropReason.NoNeighbor);
        Stage.Neighbor.Say(segment.Row!.Origin, $"nobody has {nextHop}", ref sink);

        IcmpAnswer.Error(w, IcmpErrorKind.HostUnreachable, 0, ref sink);
        return false;
    }
}

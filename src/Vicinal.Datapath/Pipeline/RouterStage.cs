using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// A virtual router, on the node where the packet starts or, where that does not route, on the one that serves the router: what it hears itself,
/// the route, and the way out by an interface.
/// </summary>
internal static partial class RouterStage
{
    /// <summary>A frame to the MAC of a router's interface.</summary>
    public static void FromInterface<TSink>(Walk w, RouterInterface port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (port.Router is { IsDistributedHere: false, IsServedHere: false })
        {
            ToActiveGateway(w, port, ref sink);
        }
        else if (Enter(w, port.Router, port, null, ref sink) && MayRoute(w, port.Router, ref sink))
        {
            if (IsForSelf(w, port.Router))
            {
                IcmpAnswer.ForSelf(w, port.Router, ref sink);
            }
            else if (IsForwardable(w, port.Router, ref sink) && HasTtlLeft(w, ref sink))
            {
                Route(w, port.Router, ref sink);
            }
        }
    }

    /// <summary>What came from an external network and is bound for the inside, already translated back.</summary>
    public static void Inward<TSink>(Walk w, Router router, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!IsForwardable(w, router, ref sink))
        {
            return;
        }

        // A router is no way between its own external network and itself.
        if (router.Fib.TryFind(w.H.Destination, out FibEntry? entry) && entry.Interface is not null)
        {
            Leave(w, router, entry, ref sink);
        }
        else
        {
            Refuse(w, router, DropReason.NoRoute, $"no inside network has this destination", ref sink);
        }
    }

    /// <summary>A packet that the router itself made: an ICMP error that cannot go back the way its cause came.</summary>
    public static void FromSelf<TSink>(Walk w, Router router, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Enter(router, null, null);
        w.TtlSpent = true;
        w.Cacheable = false;
        Inward(w, router, ref sink);
    }

    /// <summary>
    /// A floating IP's port speaks to its router's external address as the outside does: what it says may answer a connection that is
    /// translated behind that address.
    /// </summary>
    private static bool IsForSelf(Walk w, Router router)
    {
        if (!router.OwnAddresses.Contains(w.H.Destination))
        {
            return false;
        }

        w.Depend(router.NatSlots.For(w.H.Source.Low));
        return router.Gateway?.HasAddress(w.H.Destination) != true || !router.StaticNatsByFixedAddress.TryGet(w.H.Source, out _);
    }

    /// <summary>False, with the packet dropped, where this is one router too many or the router is down.</summary>
    public static bool Enter<TSink>(Walk w, Router router, RouterInterface? ingress, ProviderOwner? owner, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (w.RoutersPassed >= Walk.MaxRouters)
        {
            Refuse(w, router, DropReason.LoopDetected, $"the packet has been through too many routers", ref sink);
            return false;
        }

        w.Enter(router, ingress, owner);
        if (!router.IsUp)
        {
            Refuse(w, router, DropReason.RouterDown, $"the router is down", ref sink);
            return false;
        }

        if (!w.H.IsIp)
        {
            Refuse(w, router, DropReason.NotForUs, $"a router takes no other protocols than IP", ref sink);
            return false;
        }

        return true;
    }

    public static bool HasTtlLeft<TSink>(Walk w, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (w.H.Ttl > 1 || w.TtlSpent)
        {
            return true;
        }

        Refuse(w, w.Router!, DropReason.TtlExceeded, $"the packet has no TTL left", ref sink);
        IcmpAnswer.Error(w, IcmpErrorKind.TtlExceeded, 0, ref sink);
        return false;
    }

    /// <summary>Where a lease is needed, it must hold; the packet is dropped otherwise.</summary>
    public static bool MayServe<TSink>(Walk w, Router router, GatewayLease lease, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (w.Holds(lease))
        {
            return true;
        }

        Refuse(w, router, DropReason.LeaseEnded, $"this node's right to serve the router has run out", ref sink);
        w.AwaitsGateway = true;
        return false;
    }

    public static void Refuse<TSink>(Walk w, Router router, DropReason reason, TraceText<TSink> why, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Drop(reason);
        Stage.Router.SayAbout(router.Origin, why, in w.H, ref sink);
    }

    /// <summary>RFC 1812 section 5.3.7 and RFC 4291 section 2.5.6: groups and link-local addresses stay on their link.</summary>
    private static bool IsForwardable<TSink>(Walk w, Router router, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        ref readonly PacketHeaders h = ref w.H;
        if (h.Destination.IsMulticast || h.Destination.IsLimitedBroadcast || h.Destination.IsLinkLocal)
        {
            Refuse(w, router, DropReason.NoRoute, $"the destination does not leave its link", ref sink);
            return false;
        }

        if (h.Source.IsUnspecified || h.Source.IsLinkLocal || h.Source.IsMulticast)
        {
            Refuse(w, router, DropReason.Martian, $"the source does not leave its link", ref sink);
            return false;
        }

        return true;
    }

    private static void Route<TSink>(Walk w, Router router, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!router.Fib.TryFind(w.H.Destination, out FibEntry? entry))
        {
            Refuse(w, router, DropReason.NoRoute, $"no route", ref sink);
            IcmpAnswer.Error(w, IcmpErrorKind.NoRoute, 0, ref sink);
        }
        else if (entry.Interface is null)
        {
            Outward(w, router, entry, ref sink);
        }
        else
        {
            Leave(w, router, entry, ref sink);
        }
    }

    private static bool MayRoute<TSink>(Walk w, Router router, ref TSink sink)
        where TSink : struct, ITraceSink => router.IsDistributedHere || MayServe(w, router, router.Lease, ref sink);

    /// <summary>Unchanged, as a switch would: the router is one hop, wherever it is.</summary>
    private static void ToActiveGateway<TSink>(Walk w, RouterInterface port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        Router router = port.Router;
        Segment segment = port.Segment;
        w.Depend(router.Slot);
        if (!router.IsUp)
        {
            Refuse(w, router, DropReason.RouterDown, $"the router is down", ref sink);
        }
        else if (router.ActiveGateway is not { } node || SwitchStage.FromTunnel(w))
        {
            w.AwaitsGateway = router is { ActiveGateway: null, Lease: not GatewayLease.None };
            Refuse(w, router, DropReason.NoGateway, $"this node does not serve the router", ref sink);
        }
        else if (MtuStage.Passes(w, segment.Row!.Mtu, ref sink))
        {
            Stage.Router.Say(router.Origin, $"router {router.Id} is on {node.Host}", ref sink);
            if (segment.IsProvider)
            {
                ProviderSwitchStage.Forward(w, segment, ref sink);
            }
            else
            {
                OutputStage.ToTunnel(w, node, segment.Row.Encapsulation, segment.Row.Vni, 0, ref sink);
            }
        }
    }

    /// <summary>Out of an interface, to the next hop or the destination itself.</summary>
    private static void Leave<TSink>(Walk w, Router router, FibEntry entry, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        RouterInterface port = entry.Interface!;
        Segment segment = port.Segment;
        if (!segment.IsUp)
        {
            Refuse(w, router, DropReason.UnknownSegment, $"the way out is by a network that is down or not known here", ref sink);
            return;
        }

        if (!MtuStage.Passes(w, segment.Row!.Mtu, ref sink))
        {
            return;
        }

        IpAddress nextHop = entry.NextHop ?? w.H.Destination;
        Tracing.Keep<TSink>(in w.H, out PacketHeaders before);
        SpendTtl(w);
        w.H.SourceMac = port.Mac;
        Say(router, entry, nextHop, in before, in w.H, ref sink);
        if (segment.InterfacesByAddress.TryGet(nextHop, out RouterInterface? other) && other.Router != router)
        {
            w.H.DestinationMac = other.Mac;
            w.Segment = segment;
            FromInterface(w, other, ref sink);
        }
        else if (NeighborStage.Resolve(w, port, nextHop, ref sink))
        {
            SwitchStage.Forward(w, segment, ref sink);
        }
    }

    /// <summary>Each router takes one; a gateway node finds that the source node has taken it already.</summary>
    private static void SpendTtl(Walk w)
    {
        if (!w.TtlSpent)
        {
            w.H.Ttl--;
        }
    }

    private static void Say<TSink>(
        Router router, FibEntry entry, IpAddress nextHop, in PacketHeaders before, in PacketHeaders after, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!TSink.Enabled)
        {
            return;
        }

        if (entry.NextHop is null)
        {
            Stage.Router.Say(entry.Origin, $"router {router.Id}: {entry.Prefix} is on the link", in before, in after, ref sink);
        }
        else
        {
            Stage.Router.Say(entry.Origin, $"router {router.Id}: {entry.Prefix} by next hop {nextHop}", in before, in after, ref sink);
        }
    }
}

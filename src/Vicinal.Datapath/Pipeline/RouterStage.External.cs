using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <content>
/// The way outside: with a floating IP from the node that owns it, else by the node that serves the gateway, through the router's
/// transit VNI when that is another.
/// </content>
internal static partial class RouterStage
{
    /// <summary>Of the transit's outer headers, from IP to the inner Ethernet header.</summary>
    private const int TransitRoomV4 = Ipv4Header.Size + UdpHeader.Size + GeneveHeader.BaseSize + EthernetHeader.Size;
    private const int TransitRoomV6 = TransitRoomV4 - Ipv4Header.Size + Ipv6Header.Size;

    /// <summary>At the gateway's node, what a source node routed and sent through the transit VNI.</summary>
    public static void FromTransit<TSink>(Walk w, Router router, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.TtlSpent = true;
        w.IsByTransit = true;
        if (!Enter(w, router, null, null, ref sink))
        {
            return;
        }

        if (router.Gateway is not { IsHere: true } gateway)
        {
            Refuse(w, router, DropReason.NoGateway, $"this node does not serve the gateway", ref sink);
        }
        else if (!MayServe(w, router, gateway.Lease, ref sink))
        {
            return;
        }
        else if (w.H.DestinationMac != gateway.Mac)
        {
            Refuse(w, router, DropReason.UnknownDestination, $"the transit VNI leads to the gateway port only", ref sink);
        }
        else if (IsForSelf(w, router))
        {
            IcmpAnswer.ForSelf(w, router, ref sink);
        }
        else if (IsForwardable(w, router, ref sink))
        {
            if (router.Fib.TryFind(w.H.Destination, out FibEntry? entry) && entry.Interface is null)
            {
                Outward(w, router, entry, ref sink);
            }
            else
            {
                Refuse(w, router, DropReason.NoRoute, $"the gateway has no way outside for it", ref sink);
            }
        }
    }

    private static void Outward<TSink>(Walk w, Router router, FibEntry entry, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        Gateway gateway = router.Gateway!;
        StaticNat? nat = null;
        if (w.H.IsIpv4)
        {
            w.Depend(router.NatSlots.For(w.H.Source.Low));
            router.StaticNatsByFixedAddress.TryGet(w.H.Source, out nat);
        }

        if (nat is not null && IsTranslatedHere(w, nat))
        {
            if (MayServe(w, router, nat.IsHere ? nat.Lease : GatewayLease.None, ref sink) && MayLeave(w, router, nat.Segment, ref sink))
            {
                NatStage.TranslateSource(w, nat, ref sink);
                Depart(w, router, nat, entry, ref sink);
            }
        }
        else if (gateway.IsHere)
        {
            if (MayServe(w, router, gateway.Lease, ref sink))
            {
                ByGatewayHere(w, router, gateway, nat, entry, ref sink);
            }
        }
        else if (router.ActiveGateway is null || w.RouterIngress is null)
        {
            w.AwaitsGateway = router is { ActiveGateway: null, Lease: not GatewayLease.None };
            Refuse(w, router, DropReason.NoGateway, $"no node serves the router's gateway", ref sink);
            IcmpAnswer.Error(w, IcmpErrorKind.NoRoute, 0, ref sink);
        }
        else
        {
            IntoTransit(w, router, gateway, router.ActiveGateway, entry, ref sink);
        }
    }

    /// <summary>
    /// By its owner; and, where its place has just changed, also by the former owner and by the gateway to which the owner leaves it, whose own row may
    /// be the older one.
    /// </summary>
    private static bool IsTranslatedHere(Walk w, StaticNat nat)
    {
        if (nat.IsHere)
        {
            return true;
        }

        if (w.Now < nat.LingersUntil)
        {
            w.Deadline = nat.LingersUntil;
            return true;
        }

        bool left = nat.Router.IsServedHere && w.Source.Kind == PacketSourceKind.Tunnel && w.Holds(nat.Router.Lease)
            && w.State.Nodes.TryByTunnelAddress(w.Source.Remote, out RemoteNode? peer) && peer.Host == nat.Row.OwnerHost;
        w.Cacheable &= !left;
        return left;
    }

    private static void ByGatewayHere<TSink>(
        Walk w, Router router, Gateway gateway, StaticNat? nat, FibEntry entry, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (nat is not null)
        {
            // Its address must not hide behind the router's: whoever owns it will translate it.
            Refuse(w, router, DropReason.NoNatBinding, $"the source's floating IP is translated on another node", ref sink);
            return;
        }

        if (MayLeave(w, router, gateway.Segment, ref sink)
            && (!w.H.IsIpv4 || !gateway.Row.EnableSnat || NatStage.TranslateSource(w, router, gateway, ref sink)))
        {
            Depart(w, router, gateway, entry, ref sink);
        }
    }

    private static void IntoTransit<TSink>(
        Walk w, Router router, Gateway gateway, RemoteNode node, FibEntry entry, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!MtuStage.Passes(w, TransitMtu(w, w.RouterIngress!.Segment, gateway.Segment, node), ref sink))
        {
            return;
        }

        Tracing.Keep<TSink>(in w.H, out PacketHeaders before);
        w.Depend(gateway.Slot);
        SpendTtl(w);
        w.H.SourceMac = w.RouterIngress!.Mac;
        w.H.DestinationMac = gateway.Mac;
        Stage.Router.Say(entry.Origin, $"router {router.Id}: {entry.Prefix} by the gateway on {node.Host}", in before, in w.H, ref sink);

        OutputStage.ToTunnel(w, node, Encapsulation.Geneve, router.Row!.TransitVni, null, ref sink);
    }

    /// <summary>
    /// What passes both the external network and the tunnel to the gateway. The tunnel's room is known by the node's own NIC, and by that of the network the
    /// packet comes from, which was measured by the same underlay: the transit's Geneve header has no option, so that it is no longer than theirs, but that GRE has no UDP header.
    /// </summary>
    private static int TransitMtu(Walk w, Segment from, Segment external, RemoteNode node)
    {
        int inner = from.Row is { IsTunnelled: true, Mtu: > 0 } row ? row.Mtu - (row.Encapsulation == Encapsulation.Gre ? UdpHeader.Size : 0) : int.MaxValue;
        int underlay = w.Context.Settings.UnderlayMtu is > 0 and int mtu ? mtu - (node.Row?.TunnelAddress.IsIpv4 == false ? TransitRoomV6 : TransitRoomV4) : int.MaxValue;
        int least = Math.Min(external.Row?.Mtu is > 0 and int outside ? outside : int.MaxValue, Math.Min(inner, underlay));
        return least == int.MaxValue ? 0 : least;
    }

    private static bool MayLeave<TSink>(Walk w, Router router, Segment external, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!external.IsUp || external.Physical < 0)
        {
            DropReason reason = external.IsUp ? DropReason.NoProviderNic : DropReason.UnknownSegment;
            Refuse(w, router, reason, $"this node has no way onto the external network", ref sink);
            return false;
        }

        return MtuStage.Passes(w, external.Row!.Mtu, ref sink);
    }

    private static void Depart<TSink>(Walk w, Router router, ProviderOwner owner, FibEntry entry, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        IpAddress nextHop = entry.NextHop ?? w.H.Destination;
        Tracing.Keep<TSink>(in w.H, out PacketHeaders before);
        SpendTtl(w);
        w.H.SourceMac = owner.IsHere ? owner.Mac : w.Context.Settings.PhysicalNetworks[owner.Segment.Physical].NicMac;
        Say(router, entry, nextHop, in before, in w.H, ref sink);
        ProviderSwitchStage.FromOwner(w, owner, nextHop, ref sink);
    }
}

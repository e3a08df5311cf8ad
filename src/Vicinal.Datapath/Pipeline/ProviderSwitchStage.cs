using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// A flat or VLAN network on this node: a switch whose ports are the NIC, the local ports, the floating IPs, gateways and interfaces that live
/// here, and the host's own stack. What is among them never needs the wire, which would not give it back.
/// </summary>
internal static class ProviderSwitchStage
{
    /// <summary>A unicast frame, from whichever side.</summary>
    public static void Forward<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        MacAddress mac = w.H.DestinationMac;
        w.Segment = segment;
        w.Depend(segment.OwnerSlots.For(mac.Value));
        if (segment.OwnersByMac.TryGet(mac, out ProviderOwner? owner) && (IsFromWire(w) || IsHere(w, owner)))
        {
            ToOwner(w, owner, ref sink);
        }
        else if (segment.LocalPortsByMac.TryGet(mac, out LocalPort? port))
        {
            ToPort(w, segment, port, ref sink);
        }
        else if (segment.SharedMacs.TryGetValue(mac, out SharedMac? shared))
        {
            SwitchStage.ToSharers(w, segment, shared, ref sink);
        }
        else if (w.Source.Kind == PacketSourceKind.Physical && IsFromWire(w)
            && segment.Lingering.TryGetValue(mac, out StaticNat? former) && w.Now < former.LingersUntil)
        {
            // What the host sends is on the wire, and finds the owner there.
            w.Deadline = former.LingersUntil;
            Hear(w, former, ref sink);
        }
        else if (IsFromWire(w))
        {
            w.Drop(DropReason.NotForUs);
            Say(segment, "not one of ours; the host's own stack has it already", ref sink);
        }
        else if (segment.Physical < 0)
        {
            w.Drop(DropReason.NoProviderNic);
            Say(segment, "no bridge mapping on this node leads to the physical network", ref sink);
        }
        else if (mac == w.Context.Settings.PhysicalNetworks[segment.Physical].NicMac)
        {
            HideRouterMac(w, segment);
            OutputStage.ToHost(w, segment, ref sink);
        }
        else
        {
            HideRouterMac(w, segment);
            OutputStage.ToPhysical(w, segment, ref sink);
        }
    }

    /// <summary>A packet that an owner here sends, routed and translated: who has the next hop's address?</summary>
    public static void FromOwner<TSink>(Walk w, ProviderOwner owner, IpAddress nextHop, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        Segment segment = owner.Segment;
        w.Segment = segment;
        w.Depend(owner.Slot);
        w.Depend(segment.OwnerSlots.For(nextHop.Low));
        if (segment.OwnersByAddress.TryGet(nextHop, out ProviderOwner? other) && IsHere(w, other))
        {
            w.H.DestinationMac = other.Mac;
            ToOwner(w, other, ref sink);
        }
        else if (NeighborStage.Resolve(w, owner, nextHop, ref sink))
        {
            Forward(w, segment, ref sink);
        }
    }

    /// <summary>The wire's share of a broadcast that started on this node.</summary>
    public static void FloodToWire<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (w.Source.Kind == PacketSourceKind.LocalPort && segment.Physical >= 0)
        {
            OutputStage.ToPhysical(w, segment, ref sink);
            OutputStage.ToHost(w, segment, ref sink);
        }
    }

    /// <summary>The same of a frame for a MAC that ports here and elsewhere share; the host's stack is none of these.</summary>
    public static void CopyToWire<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!IsFromWire(w) && segment.Physical >= 0)
        {
            OutputStage.ToPhysical(w, segment, ref sink);
        }
    }

    /// <summary>Without the lease it may be on another node by now, and is looked for on the wire.</summary>
    private static bool IsHere(Walk w, ProviderOwner owner)
    {
        bool here = w.Holds(owner.Lease);
        w.Cacheable &= here;
        return here;
    }

    /// <summary>A floating IP, a gateway or an interface hears a frame to its MAC, if it is this node's to hear at this moment.</summary>
    private static void ToOwner<TSink>(Walk w, ProviderOwner owner, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (RouterStage.MayServe(w, owner.Router, owner.Lease, ref sink))
        {
            w.Heard = w.Source.Kind == PacketSourceKind.Physical ? owner : w.Heard;
            Hear(w, owner, ref sink);
        }
    }

    /// <summary>Into the router; from its outside back through the translation.</summary>
    private static void Hear<TSink>(Walk w, ProviderOwner owner, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Depend(owner.Slot);
        w.TtlSpent = false;
        if (owner is InterfaceOwner { Interface: { } port })
        {
            RouterStage.FromInterface(w, port, ref sink);
        }
        else if (!RouterStage.Enter(w, owner.Router, null, owner, ref sink))
        {
            return;
        }
        else if (owner is StaticNat nat)
        {
            ToFloatingIp(w, nat, ref sink);
        }
        else
        {
            ToGateway(w, (Gateway)owner, ref sink);
        }
    }

    private static void ToFloatingIp<TSink>(Walk w, StaticNat nat, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (w.H.Destination != nat.Row.ExternalAddress)
        {
            w.Drop(DropReason.NotForUs);
            Say(nat.Segment, "the MAC is a floating IP's, the address is not", ref sink);
        }
        else if (RouterStage.HasTtlLeft(w, ref sink))
        {
            NatStage.TranslateDestination(w, nat, ref sink);
            RouterStage.Inward(w, nat.Router, ref sink);
        }
    }

    private static void ToGateway<TSink>(Walk w, Gateway gateway, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        Router router = gateway.Router;
        bool translates = w.H.IsIpv4 && gateway.Row.EnableSnat;
        if (translates && w.H.Destination == gateway.SnatAddress && NatStage.TranslateDestination(w, router, gateway, ref sink))
        {
            if (RouterStage.HasTtlLeft(w, ref sink))
            {
                RouterStage.Inward(w, router, ref sink);
            }
        }
        else if (router.OwnAddresses.Contains(w.H.Destination) && (gateway.HasAddress(w.H.Destination) || !translates))
        {
            ToGatewayItself(w, gateway, ref sink);
        }
        else if (translates)
        {
            w.Drop(DropReason.NoNatBinding);
            Say(gateway.Segment, "nothing inside is reached by its own address from here", ref sink);
        }
        else if (RouterStage.HasTtlLeft(w, ref sink))
        {
            RouterStage.Inward(w, router, ref sink);
        }
    }

    /// <summary>To the outside a router shows that it is there and no more; a port scan earns no answers.</summary>
    private static void ToGatewayItself<TSink>(Walk w, Gateway gateway, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (w.H.IsIcmp)
        {
            IcmpAnswer.ForSelf(w, gateway.Router, ref sink);
            return;
        }

        w.Drop(DropReason.NoNatBinding);
        Say(gateway.Segment, "no connection is behind the router's address", ref sink);
    }

    /// <summary>
    /// A router's interface has the same MAC on every node; on a shared wire it would seem to jump between switch ports. One node shows it, the active
    /// gateway, and what others route onto the wire bears their own MAC. Replies go to the router by way of their own node, or of that one.
    /// </summary>
    private static void HideRouterMac(Walk w, Segment segment)
    {
        if (segment.InterfacesByMac.TryGet(w.H.SourceMac, out RouterInterface? port) && !(port.Owner.IsHere && w.Holds(port.Owner.Lease)))
        {
            w.H.SourceMac = w.Context.Settings.PhysicalNetworks[segment.Physical].NicMac;
        }
    }

    private static bool IsFromWire(Walk w) => w.Source.Kind is PacketSourceKind.Physical or PacketSourceKind.Host && w.RoutersPassed == 0;

    private static void ToPort<TSink>(Walk w, Segment segment, LocalPort port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (port == w.InPort && w.RoutersPassed == 0)
        {
            w.Drop(DropReason.UnknownDestination);
            Say(segment, "the sender's own MAC", ref sink);
            return;
        }

        Say(segment, "a local port", ref sink);
        IngressFilterStage.Deliver(w, port, ref sink);
    }

    private static void Say<TSink>(Segment segment, string what, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        Stage.ProviderSwitch.Say(segment.Row?.Origin ?? default, $"on {segment.Row?.PhysicalNetwork}: {what}", ref sink);
    }
}

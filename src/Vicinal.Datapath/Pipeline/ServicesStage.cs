using Vicinal.Datapath.Flows;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.Pipeline;

internal enum ServiceOutcome : byte
{
    /// <summary>Not a question to the node; it goes on.</summary>
    Pass,

    /// <summary>Answered, or rightly left without an answer.</summary>
    Done,

    /// <summary>Asks for an address that nobody registered: for ports with port security off only.</summary>
    Unknown,
}

/// <summary>
/// What the node answers in the place of others: ARP and neighbour discovery for what it knows. An address has one owner at a time:
/// on the wire the node answers for the floating IPs, gateways and interfaces that are here, and to its own ports also for the routers that it
/// routes for them and for all of tunnelled segments.
/// </summary>
internal static class ServicesStage
{
    public static ServiceOutcome Run<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (w.In.IsArp)
        {
            Hear(w, segment);
            return w.In.ArpOperation == ArpMessage.Request && w.In.Source != w.In.Destination
                ? Resolve(w, segment, w.In.Destination, null, ref sink)
                : AnswerOf(w, segment);
        }

        return w.In.IsIpv6 && w.In.IsIcmp && Icmpv6Type.IsNeighborDiscovery(w.In.IcmpType)
            ? RunNeighborDiscovery(w, segment, ref sink)
            : FromPort(w) ? DhcpService.Run(w, segment, w.InPort!, ref sink) : ServiceOutcome.Pass;
    }

    private static ServiceOutcome RunNeighborDiscovery<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        Hear(w, segment);
        switch (w.In.IcmpType)
        {
            case Icmpv6Type.NeighborSolicitation:
                if (NeighborDiscoveryResponder.TryRead(in w.In, w.Frame, out NeighborSolicitation solicitation))
                {
                    return Resolve(w, segment, solicitation.Target, solicitation, ref sink);
                }

                w.Drop(DropReason.Malformed);
                return ServiceOutcome.Done;
            case Icmpv6Type.NeighborAdvertisement:
                return AnswerOf(w, segment);
            case Icmpv6Type.RouterSolicitation when FromPort(w) && (!segment.IsProvider || !segment.Advertisements.IsSilent):
                Solicit(w, segment, ref sink);
                return ServiceOutcome.Done;
            default:
                return ServiceOutcome.Pass;
        }
    }

    /// <summary>Advertisements come from the node; on a tunnelled segment there is no other router to hear this.</summary>
    private static void Solicit<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!RouterSolicitation.TryRead(w.Frame, in w.In, out _) || !Checksum.IsTransportRight(w.Frame, in w.In))
        {
            w.Drop(DropReason.Malformed);
            return;
        }

        w.Advertises = !segment.Advertisements.IsSilent;
        w.End(Disposition.Answered);
        Stage.Services.Say(segment.Row!.Origin, $"the node advertises {segment.Advertisements.Current.Count} routers to the port", ref sink);
    }

    private static ServiceOutcome Resolve<TSink>(
        Walk w, Segment segment, IpAddress target, NeighborSolicitation? solicitation, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (FromPort(w) && w.InPort!.Row is { } own && own.Addresses.Span.Contains(target) && !segment.IsProvider)
        {
            // Its own address: a probe that nobody contradicts.
            w.End(Disposition.Answered);
            return ServiceOutcome.Done;
        }

        if (FromPort(w) && ServiceAddress.Is(target))
        {
            _ = AnswerAs(w, solicitation, ServiceAddress.Mac, false);
            Stage.Services.Say(w.InPort!.Origin, $"{target} is the node itself", ref sink);
            return ServiceOutcome.Done;
        }

        if (!TryFindOwner(w, segment, target, out MacAddress mac, out bool router, out Origin origin))
        {
            return FromPort(w) && !segment.IsProvider ? ServiceOutcome.Unknown : ServiceOutcome.Pass;
        }

        bool answered = AnswerAs(w, solicitation, mac, router);
        w.Resolved = answered
            ? new NeighborAnswer(
                new FlowInput((FlowInputKind)w.Source.Kind, (uint)w.Source.Index), w.In.HasVlan ? w.In.VlanId : (ushort)0, target, mac, router, w.Lease)
            : null;
        if (answered)
        {
            Stage.Services.Say(origin, $"{target} is {mac}", ref sink);
        }
        else
        {
            Stage.Services.Say(origin, $"{target} is the asker's own", ref sink);
        }

        return ServiceOutcome.Done;
    }

    /// <returns>False when the question is one to leave without an answer.</returns>
    private static bool AnswerAs(Walk w, NeighborSolicitation? solicitation, MacAddress mac, bool router)
    {
        PacketBuffer answer = w.Context.Answer;
        bool answered = solicitation is { } asked
            ? NeighborDiscoveryResponder.TryAnswer(in w.In, in asked, mac, router, answer)
            : ArpResponder.TryAnswer(in w.In, mac, answer);
        w.AnswerRoute = answered ? AnswerRoute.Back : AnswerRoute.None;
        w.End(Disposition.Answered);
        return answered;
    }

    /// <summary>Who of those that the node speaks for has the address, for who asks from where the walk came in.</summary>
    public static bool TryFindOwner(
        Walk w, Segment segment, IpAddress target, out MacAddress mac, out bool router, out Origin origin)
    {
        if (FromPort(w) && segment.InterfacesByAddress.TryGet(target, out RouterInterface? port) && port.Router.IsUp
            && (!segment.IsProvider || port.Router.IsDistributedHere))
        {
            w.Depend(port.Router.Slot);
            (mac, router, origin) = (port.Mac, true, port.Row.Origin);
            return true;
        }

        if (segment.IsProvider && segment.OwnersByAddress.TryGet(target, out ProviderOwner? owner) && owner.Router.IsUp && w.Holds(owner.Lease))
        {
            w.Depend(owner.Slot);
            (mac, router, origin) = (owner.Mac, owner.IsRouter, owner.Origin);
            return true;
        }

        if (FromPort(w) && !segment.IsProvider && segment.EndpointsByAddress.TryGet(target, out Endpoint? endpoint))
        {
            w.Depend(endpoint.Slot);
            (mac, router, origin) = (endpoint.Row.Mac, false, endpoint.Row.Origin);
            return true;
        }

        (mac, router, origin) = (default, false, default);
        return false;
    }

    /// <summary>An answer or announcement: to one of ours it has been heard; other ones are for whom they are addressed to.</summary>
    private static ServiceOutcome AnswerOf(Walk w, Segment segment)
    {
        if (!segment.OwnersByMac.TryGet(w.In.DestinationMac, out ProviderOwner? owner) || !w.Holds(owner.Lease))
        {
            return ServiceOutcome.Pass;
        }

        w.End(Disposition.Answered);
        return ServiceOutcome.Done;
    }

    /// <summary>What the wire and the host say about themselves; a guest teaches nobody, since the rows say who it is.</summary>
    private static void Hear(Walk w, Segment segment)
    {
        if (segment.IsProvider && w.Source.Kind is PacketSourceKind.Physical or PacketSourceKind.Host
            && NeighborEvidence.TryRead(in w.In, w.Frame, out NeighborEvidence evidence))
        {
            w.Evidence = evidence;
        }
    }

    private static bool FromPort(Walk w) => w.Source.Kind == PacketSourceKind.LocalPort;
}

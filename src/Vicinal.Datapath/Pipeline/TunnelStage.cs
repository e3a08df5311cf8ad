using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// What came through a tunnel: from a node that is known, in an encapsulation and VNI that concern this node, from a MAC that may speak over there.
/// Delivery is by VNI and destination MAC, to ports of this node and to routers that it routes for; nothing goes from tunnel to tunnel but through a router.
/// </summary>
internal static class TunnelStage
{
    public static void Run<TSink>(Walk w, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        uint vni = w.Source.Vni;
        if (!w.State.Nodes.TryByTunnelAddress(w.Source.Remote, out RemoteNode? peer))
        {
            Refuse(w, DropReason.UnknownTunnelPeer, "no node has the outer source address", default, ref sink);
            return;
        }

        w.Depend(peer.Slot);
        if (w.State.Segments.TryByVni(w.Source.Encapsulation, vni, out Segment? segment))
        {
            ToSegment(w, segment, peer, ref sink);
        }
        else if (w.Source.Encapsulation == Encapsulation.Geneve && w.State.Routers.TryByTransitVni(vni, out Router? router))
        {
            Say(peer, "the router's transit", router.Origin, ref sink);
            RouterStage.FromTransit(w, router, ref sink);
        }
        else
        {
            Refuse(w, DropReason.UnknownVni, "no network or router here has the VNI in that encapsulation", default, ref sink);
        }
    }

    private static void ToSegment<TSink>(Walk w, Segment segment, RemoteNode peer, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Segment = segment;
        if (!segment.IsUp)
        {
            Refuse(w, DropReason.UnknownSegment, "the network is down", segment.Row!.Origin, ref sink);
        }
        else if (!MaySpeak(w, segment, peer))
        {
            Refuse(w, DropReason.SpoofedTunnelSource, "the inner source is no port of that node", segment.Row!.Origin, ref sink);
        }
        else if (w.In.HasVlan)
        {
            Refuse(w, DropReason.UnsupportedProtocol, "a tagged frame", segment.Row!.Origin, ref sink);
        }
        else
        {
            Say(peer, "the network", segment.Row!.Origin, ref sink);
            Deliver(w, segment, ref sink);
        }
    }

    private static void Deliver<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (w.H.DestinationMac.IsMulticast)
        {
            SwitchStage.Replicate(w, segment, ref sink);
        }
        else
        {
            SwitchStage.Forward(w, segment, ref sink);
        }
    }

    /// <summary>A port bound to the peer, one there that may use the MAC or any, or a router, which every node has.</summary>
    private static bool MaySpeak(Walk w, Segment segment, RemoteNode peer)
    {
        MacAddress mac = w.In.SourceMac;
        if (segment.EndpointsByMac.TryGet(mac, out Endpoint? endpoint) && endpoint.Node == peer)
        {
            w.Depend(endpoint.Slot);
            return true;
        }

        if (segment.InterfacesByMac.TryGet(mac, out RouterInterface? port))
        {
            w.Depend(port.Router.Slot);
            return true;
        }

        w.Cacheable = false;
        return segment.AnyAddressNodes.ContainsKey(peer)
            || (segment.SharedMacs.TryGetValue(mac, out SharedMac? shared) && shared.IsAt(peer));
    }

    private static void Refuse<TSink>(Walk w, DropReason reason, string why, Origin origin, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Drop(reason);
        Stage.Tunnel.SayAbout(origin, $"{why} (from {w.Source.Remote}, VNI {w.Source.Vni})", in w.In, ref sink);
    }

    private static void Say<TSink>(RemoteNode peer, string what, Origin origin, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        Stage.Tunnel.Say(origin, $"from {peer.Host} on {what}", ref sink);
    }
}

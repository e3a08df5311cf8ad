using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>A network's layer 2: by destination MAC to a port here, to the node of a port elsewhere, to a router, or to all.</summary>
internal static class SwitchStage
{
    /// <summary>A frame that a local port sent on its segment.</summary>
    public static void FromPort<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (w.H.DestinationMac.IsMulticast)
        {
            Replicate(w, segment, ref sink);
        }
        else if (segment.InterfacesByMac.TryGet(w.H.DestinationMac, out RouterInterface? port))
        {
            RouterStage.FromInterface(w, port, ref sink);
        }
        else if (MtuStage.Passes(w, segment.Row!.Mtu, ref sink))
        {
            Forward(w, segment, ref sink);
        }
    }

    /// <summary>A unicast frame on a segment, from a port, a router or a tunnel; never back out of the port that sent it.</summary>
    public static void Forward<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Segment = segment;
        if (segment.IsProvider)
        {
            ProviderSwitchStage.Forward(w, segment, ref sink);
            return;
        }

        MacAddress mac = w.H.DestinationMac;
        if (segment.LocalPortsByMac.TryGet(mac, out LocalPort? port))
        {
            if (port == w.InPort && w.RoutersPassed == 0)
            {
                Refuse(w, segment, "is the sender's own", ref sink);
                return;
            }

            Stage.Switch.Say(port.Origin, $"{mac} is local port {port.Row!.DeviceName}", ref sink);
            IngressFilterStage.Deliver(w, port, ref sink);
        }
        else if (FromTunnel(w) && segment.InterfacesByMac.TryGet(mac, out RouterInterface? router))
        {
            // Its sender's node does not route for it, or did not when it sent this.
            RouterStage.FromInterface(w, router, ref sink);
        }
        else if (!FromTunnel(w) && segment.EndpointsByMac.TryGet(mac, out Endpoint? endpoint))
        {
            ToEndpoint(w, segment, endpoint, ref sink);
        }
        else if (segment.SharedMacs.TryGetValue(mac, out SharedMac? shared))
        {
            ToSharers(w, segment, shared, ref sink);
        }
        else
        {
            ToAnyAddressPorts(w, segment, ref sink);
        }
    }

    /// <summary>To every port that may speak with the MAC, since nobody can say which of them does.</summary>
    public static void ToSharers<TSink>(Walk w, Segment segment, SharedMac shared, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Cacheable = false;
        foreach (LocalPort port in shared.Ports)
        {
            IngressFilterStage.DeliverCopy(w, port, ref sink);
        }

        if (segment.IsProvider)
        {
            ProviderSwitchStage.CopyToWire(w, segment, ref sink);
        }
        else if (!FromTunnel(w))
        {
            foreach (RemoteNode node in segment.EndpointNodes.Keys)
            {
                if (shared.IsAt(node))
                {
                    OutputStage.ToTunnel(w, node, segment.Row!.Encapsulation, segment.Row.Vni, 0, ref sink);
                }
            }
        }

        EndFlood(w, segment, "is shared by ports that are not reached from here", ref sink);
    }

    /// <summary>Broadcast and multicast: once to each local port and once to each node that has ports here, never from tunnel to tunnel.</summary>
    public static void Replicate<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Cacheable = false;
        w.Segment = segment;
        foreach (LocalPort port in segment.LocalPorts)
        {
            IngressFilterStage.DeliverCopy(w, port, ref sink);
        }

        if (segment.IsProvider)
        {
            ProviderSwitchStage.FloodToWire(w, segment, ref sink);
        }
        else if (!FromTunnel(w))
        {
            foreach (RemoteNode node in segment.EndpointNodes.Keys)
            {
                OutputStage.ToTunnel(w, node, segment.Row!.Encapsulation, segment.Row.Vni, 0, ref sink);
            }
        }

        EndFlood(w, segment, "nobody else is there to hear it", ref sink);
    }

    /// <summary>A MAC or address that nobody registered: only ports with port security off may have it.</summary>
    public static void ToAnyAddressPorts<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Cacheable = false;
        foreach (LocalPort port in segment.LocalPorts)
        {
            if (port is { Filters: false })
            {
                IngressFilterStage.DeliverCopy(w, port, ref sink);
            }
        }

        if (!FromTunnel(w))
        {
            foreach (RemoteNode node in segment.AnyAddressNodes.Keys)
            {
                OutputStage.ToTunnel(w, node, segment.Row!.Encapsulation, segment.Row.Vni, 0, ref sink);
            }
        }

        EndFlood(w, segment, "is unknown on this network", ref sink);
    }

    private static void ToEndpoint<TSink>(Walk w, Segment segment, Endpoint endpoint, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Depend(endpoint.Slot);
        if (endpoint.Node is null || endpoint.IsHere)
        {
            Refuse(w, segment, endpoint.IsHere ? "belongs to a port that is not wired here yet" : "belongs to a port that is bound nowhere", ref sink);
            return;
        }

        Stage.Switch.Say(endpoint.Row.Origin, $"{w.H.DestinationMac} is a port on {endpoint.Node.Host}", ref sink);

        OutputStage.ToTunnel(w, endpoint.Node, segment.Row!.Encapsulation, segment.Row.Vni, endpoint.Row.PortKey, ref sink);
    }

    /// <summary>What came through a tunnel goes into none again on its own network; a router may send it into another.</summary>
    public static bool FromTunnel(Walk w) => w.Source.Kind == PacketSourceKind.Tunnel && w.RoutersPassed == 0;

    private static void EndFlood<TSink>(Walk w, Segment segment, string otherwise, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (w.Emissions.Length == 0)
        {
            Refuse(w, segment, otherwise, ref sink);
        }
    }

    private static void Refuse<TSink>(Walk w, Segment segment, string why, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Drop(DropReason.UnknownDestination);
        Stage stage = segment.IsProvider ? Stage.ProviderSwitch : Stage.Switch;
        stage.Say(segment.Row!.Origin, $"{w.H.DestinationMac} {why}", ref sink);
    }
}

using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>Where a walk begins: it finds the segment that the packet is on, and takes it through what every packet from there passes.</summary>
internal static class ReceiveStage
{
    public static void Run<TSink>(Walk w, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        Stage.Receive.SayAbout(default, $"{SourceText(w)}", in w.In, ref sink);

        switch (w.Source.Kind)
        {
            case PacketSourceKind.LocalPort:
                FromPort(w, ref sink);
                break;
            case PacketSourceKind.Tunnel:
                TunnelStage.Run(w, ref sink);
                break;
            case PacketSourceKind.Service:
                ServiceTraffic.FromSocket(w, ref sink);
                break;
            default:
                FromWire(w, ref sink);
                break;
        }
    }

    private static void FromPort<TSink>(Walk w, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!w.State.Ports.TryByDevice(w.Source.Index, out LocalPort? port) || !port.IsUp)
        {
            Refuse(w, DropReason.PortDown, $"the port is down or not known on this node", ref sink);
            return;
        }

        w.InPort = port;
        if (port.Segment is not { IsUp: true } segment)
        {
            Refuse(w, DropReason.UnknownSegment, $"the port's network is down or not known here", ref sink);
            return;
        }

        w.Segment = segment;
        if (w.In.HasVlan)
        {
            Refuse(w, DropReason.UnsupportedProtocol, $"instances send no tags", ref sink);
            return;
        }

        if (!PortSecurityStage.Passes(w, port, ref sink))
        {
            return;
        }

        ServiceOutcome service = ServicesStage.Run(w, segment, ref sink);
        if (service == ServiceOutcome.Done || NameStage.Takes(w, port, segment, ref sink) || ServiceTraffic.Takes(w, port, ref sink)
            || !EgressFilterStage.Passes(w, port, ref sink))
        {
            return;
        }

        if (service == ServiceOutcome.Unknown)
        {
            SwitchStage.ToAnyAddressPorts(w, segment, ref sink);
        }
        else
        {
            SwitchStage.FromPort(w, segment, ref sink);
        }
    }

    /// <summary>From a NIC, or from the host's own stack, whose frame is on the wire already.</summary>
    private static void FromWire<TSink>(Walk w, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        ushort vlan = w.In.HasVlan ? w.In.VlanId : (ushort)0;
        if (!w.State.Segments.TryByTag(w.Source.Index, vlan, out Segment? segment) || !segment.IsUp)
        {
            Refuse(w, DropReason.NotForUs, $"no network of ours has this tag", ref sink);
            return;
        }

        w.Segment = segment;
        w.H.Flags &= ~HeaderFlags.Vlan;
        w.H.VlanTci = 0;
        if (IsOwn(w, segment))
        {
            Refuse(w, DropReason.LoopDetected, $"a frame from one of our own MACs came back", ref sink);
            return;
        }

        if (ServicesStage.Run(w, segment, ref sink) == ServiceOutcome.Done)
        {
            return;
        }

        if (w.In.DestinationMac.IsMulticast)
        {
            SwitchStage.Replicate(w, segment, ref sink);
            NotOurs(w);
        }
        else
        {
            ProviderSwitchStage.Forward(w, segment, ref sink);
        }
    }

    /// <summary>A port's MAC, or one that this node alone may show at this moment. What comes from it while it may not is decided anew when it may.</summary>
    private static bool IsOwn(Walk w, Segment segment)
    {
        w.Depend(segment.OwnerSlots.For(w.In.SourceMac.Value));
        if (segment.LocalPortsByMac.TryGet(w.In.SourceMac, out _))
        {
            return true;
        }

        if (!segment.OwnersByMac.TryGet(w.In.SourceMac, out ProviderOwner? owner))
        {
            return false;
        }

        bool own = w.Context.Settings.Holds(owner.Lease);
        w.Cacheable &= own;
        return own;
    }

    /// <summary>A broadcast that concerns no port here is everyday life, not an error.</summary>
    private static void NotOurs(Walk w)
    {
        if (w.DropReason == DropReason.UnknownDestination)
        {
            w.Drop(DropReason.NotForUs);
        }
    }

    private static void Refuse<TSink>(Walk w, DropReason reason, TraceText<TSink> why, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Drop(reason);
        Stage.Receive.Say(w.Segment?.Row?.Origin ?? w.InPort?.Origin ?? default, why, ref sink);
    }

    private static string SourceText(Walk w) => w.Source.Kind switch
    {
        PacketSourceKind.LocalPort => $"from local device {w.Source.Index}",
        PacketSourceKind.Tunnel => $"from tunnel peer {w.Source.Remote}, VNI {w.Source.Vni}",
        PacketSourceKind.Physical => $"from the NIC of {w.Context.Settings.PhysicalNetworks[w.Source.Index].Name}",
        PacketSourceKind.Service => "from the node's services",
        _ => $"from the node's own stack on {w.Context.Settings.PhysicalNetworks[w.Source.Index].Name}",
    };
}

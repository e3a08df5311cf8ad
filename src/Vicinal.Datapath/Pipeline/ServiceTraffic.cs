using Vicinal.Datapath.Flows;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// What instances say to the node's own sockets (metadata, names) and hear from them. No filter is asked, as in Neutron. The guest's address becomes one
/// that is its port's alone, and back again; ports and MACs of the network do not matter, so no network is too strange for it. Each packet is walked:
/// these flows are short and few, and no mirror has to know of them.
/// </summary>
internal static class ServiceTraffic
{
    /// <summary>From a local port. True when the packet was for the service address, or claims to come from it, and goes no further.</summary>
    public static bool Takes<TSink>(Walk w, LocalPort port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!w.In.IsIp)
        {
            return false;
        }

        if (ServiceAddress.Is(w.In.Source))
        {
            Refuse(w, port, DropReason.ForgedService, $"nobody but the node speaks as {w.In.Source}", ref sink);
            return true;
        }

        if (!ServiceAddress.Is(w.In.Destination))
        {
            bool stray = w.In.DestinationMac == ServiceAddress.Mac;
            if (stray)
            {
                Refuse(w, port, DropReason.UnknownDestination, $"the node's services route nothing", ref sink);
            }

            return stray;
        }

        if (w.Context.Settings.HasServices && IsService(in w.In, w.In.DestinationPort))
        {
            ToSocket(w, port, ref sink);
        }
        else
        {
            Answer(w, port, ref sink);
        }

        return true;
    }

    /// <summary>From the sockets, to the port that the address names.</summary>
    public static void FromSocket<TSink>(Walk w, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (!w.In.IsIp || !ServiceAddress.Is(w.In.Source) || !IsService(in w.In, w.In.SourcePort)
            || !ServiceClientAddress.TryRead(w.In.Destination, out uint number, out int place)
            || !w.State.Ports.Numbers.TryFind(number, out LocalPort? port) || !port.Clients.TryGet(place, out ServiceClient client))
        {
            w.Drop(DropReason.NotForUs);
            Stage.Services.Say(default, $"no instance asked for this", ref sink);
            return;
        }

        w.OutPort = port;
        w.Cacheable = false;
        if (!port.IsUp || port.Segment is not { IsUp: true })
        {
            Refuse(w, port, DropReason.PortDown, $"the port is down", ref sink);
            return;
        }

        Tracing.Keep<TSink>(in w.H, out PacketHeaders before);
        w.H.Destination = client.Address;
        w.H.DestinationMac = client.Mac;
        w.H.SourceMac = ServiceAddress.Mac;
        Stage.Services.Say(port.Origin, $"the node's answer, which no filter judges", in before, in w.H, ref sink);
        OutputStage.ToPort(w, port, ref sink);
    }

    private static void ToSocket<TSink>(Walk w, LocalPort port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Cacheable = false;
        int place = w.In.Source.IsUnspecified || w.In.Source.IsMulticast ? -1 : port.Clients.Find(w.In.Source, w.In.SourceMac, w.Now);
        if (port.Number == 0 || place < 0)
        {
            Refuse(w, port, DropReason.RateLimited, $"the node's services have no place for {w.In.Source}", ref sink);
            return;
        }

        Tracing.Keep<TSink>(in w.H, out PacketHeaders before);
        w.ServicePlace = place;
        w.H.Source = ServiceClientAddress.Of(port.Number, place, w.In.IsIpv4);
        w.H.DestinationMac = ServiceAddress.Mac;
        w.Emit(new Emission(new FlowOutput(FlowOutputKind.Service), 0, null), Disposition.Served);
        string service = w.In.DestinationPort == ServiceAddress.DnsPort ? "resolver" : "metadata service";
        Stage.Services.Say(port.Origin, $"to the node's {service}, which every port may ask", in before, in w.H, ref sink);
    }

    /// <summary>The address can be pinged; what else it is asked for is not there.</summary>
    private static void Answer<TSink>(Walk w, LocalPort port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (RouterEcho.TryAnswer(in w.In, w.Frame, w.In.DestinationMac, w.Context.Answer))
        {
            w.AnswerRoute = AnswerRoute.Back;
            w.End(Disposition.Answered);
            Stage.Services.Say(port.Origin, $"the node answers the ping of {w.In.Destination}", ref sink);
            return;
        }

        Refuse(w, port, DropReason.UnsupportedProtocol, $"the node's services are metadata at TCP {ServiceAddress.MetadataPort} and names at {ServiceAddress.DnsPort}", ref sink);
        if (!w.In.IsIcmp)
        {
            IcmpErrorKind kind = IpProtocol.HasPorts(w.In.Protocol) ? IcmpErrorKind.PortUnreachable : IcmpErrorKind.ProtocolUnreachable;
            IcmpAnswer.Error(w, kind, w.In.Destination, 0, ref sink);
        }
    }

    private static bool IsService(in PacketHeaders h, ushort port) => h.HasPorts && h.Protocol switch
    {
        IpProtocol.Tcp => port is ServiceAddress.MetadataPort or ServiceAddress.DnsPort,
        IpProtocol.Udp => port == ServiceAddress.DnsPort,
        _ => false,
    };

    private static void Refuse<TSink>(Walk w, LocalPort port, DropReason reason, TraceText<TSink> why, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Drop(reason);
        Stage.Services.Say(port.Origin, why, ref sink);
    }
}

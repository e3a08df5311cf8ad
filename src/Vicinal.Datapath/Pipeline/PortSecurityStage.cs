using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// A port speaks only as itself: on every EtherType, and also in what ARP and neighbour discovery say about addresses in their
/// bodies. With port security off it may say anything.
/// </summary>
internal static class PortSecurityStage
{
    public static bool Passes<TSink>(Walk w, LocalPort port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Depend(port.Slot);
        if (!port.Filters)
        {
            return true;
        }

        DropReason reason = Judge(w, port);
        if (reason != DropReason.None)
        {
            w.Drop(reason);
            Stage.PortSecurity.SayAbout(port.Origin, $"{port.Row!.DeviceName} is refused: {reason}", in w.In, ref sink);
            return false;
        }

        Stage.PortSecurity.Say(port.Origin, $"{port.Row!.DeviceName} speaks as itself", ref sink);

        return true;
    }

    private static DropReason Judge(Walk w, LocalPort port)
    {
        ref readonly PacketHeaders h = ref w.In;
        if (!port.HasMac(h.SourceMac))
        {
            return DropReason.SpoofedMac;
        }

        return h.L3 switch
        {
            L3Kind.Arp => JudgeArp(port, in h),
            L3Kind.Ipv4 => JudgeIpv4(port, in h),
            L3Kind.Ipv6 => JudgeIpv6(port, in h, w.Frame),
            _ => DropReason.UnsupportedProtocol,
        };
    }

    private static DropReason JudgeArp(LocalPort port, in PacketHeaders h)
    {
        bool probe = h.ArpOperation == ArpMessage.Request && h.Source == IpAddress.Ipv4Any;
        return h.ArpSenderMac == h.SourceMac && (probe || port.MaySend(h.SourceMac, h.Source))
            ? DropReason.None
            : DropReason.SpoofedArp;
    }

    private static DropReason JudgeIpv4(LocalPort port, in PacketHeaders h)
    {
        bool udp = h.Protocol == IpProtocol.Udp && h.HasPorts;
        if (udp && h.SourcePort == 67 && h.DestinationPort is (67 or 68))
        {
            return DropReason.ForgedService;
        }

        bool discover = udp && h.SourcePort == 68 && h.DestinationPort == 67 && h.Source == IpAddress.Ipv4Any;
        return discover || port.MaySend(h.SourceMac, h.Source) ? DropReason.None : DropReason.SpoofedAddress;
    }

    private static DropReason JudgeIpv6(LocalPort port, in PacketHeaders h, ReadOnlySpan<byte> frame)
    {
        if (h.Protocol == IpProtocol.Udp && h.HasPorts && h.SourcePort == 547 && h.DestinationPort is (546 or 547))
        {
            return DropReason.ForgedService;
        }

        // Fragmented neighbour discovery hides its body from us and is void anyway (RFC 6980).
        bool icmp = h.Protocol == IpProtocol.Icmpv6;
        if (icmp && h.IsFragment && h.HasTransport && Icmpv6Type.IsNeighborDiscovery(h.IcmpType))
        {
            return DropReason.SpoofedNeighborDiscovery;
        }

        if (icmp && h.HasTransport)
        {
            switch (h.IcmpType)
            {
                case Icmpv6Type.RouterAdvertisement or Icmpv6Type.Redirect:
                    return DropReason.ForgedService;
                case Icmpv6Type.NeighborSolicitation:
                    return JudgeSolicitation(port, in h, frame);
                case Icmpv6Type.NeighborAdvertisement:
                    return JudgeAdvertisement(port, in h, frame);
                default:
                    break;
            }
        }

        bool listener = icmp && h.Source.IsUnspecified
            && h.IcmpType is Icmpv6Type.MulticastListenerReport or Icmpv6Type.MulticastListenerDone
                or Icmpv6Type.MulticastListenerReportV2 or Icmpv6Type.RouterSolicitation;
        return listener || MaySend(port, h.SourceMac, h.Source) ? DropReason.None : DropReason.SpoofedAddress;
    }

    private static DropReason JudgeSolicitation(LocalPort port, in PacketHeaders h, ReadOnlySpan<byte> frame)
    {
        if (!NeighborSolicitation.TryRead(frame, in h, out NeighborSolicitation message)
            || (message.SourceLinkLayer is { } mac && mac != h.SourceMac))
        {
            return DropReason.SpoofedNeighborDiscovery;
        }

        return h.Source.IsUnspecified || MaySend(port, h.SourceMac, h.Source) ? DropReason.None : DropReason.SpoofedAddress;
    }

    private static DropReason JudgeAdvertisement(LocalPort port, in PacketHeaders h, ReadOnlySpan<byte> frame)
    {
        if (!NeighborAdvertisement.TryRead(frame, in h, out NeighborAdvertisement message)
            || (message.TargetLinkLayer is { } mac && mac != h.SourceMac)
            || !MaySend(port, h.SourceMac, message.Target))
        {
            return DropReason.SpoofedNeighborDiscovery;
        }

        return MaySend(port, h.SourceMac, h.Source) ? DropReason.None : DropReason.SpoofedAddress;
    }

    /// <summary>Besides what was given to it, a port has the link-local address of its MAC.</summary>
    private static bool MaySend(LocalPort port, MacAddress mac, IpAddress address) =>
        port.MaySend(mac, address) || (address.IsLinkLocal && address == IpAddress.LinkLocalFor(mac));
}

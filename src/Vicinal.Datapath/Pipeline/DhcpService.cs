using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// DHCP and DHCPv6 of a local port. Where a subnet of its network has enable_dhcp the node answers, and nobody else hears the question;
/// where none has, the question is a packet like any other.
/// </summary>
internal static class DhcpService
{
    public static ServiceOutcome Run<TSink>(Walk w, Segment segment, LocalPort port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        bool v4 = DhcpResponder.IsRequest(in w.In);
        if ((!v4 && !Dhcpv6Responder.IsRequest(in w.In)) || !IsServed(segment, v4))
        {
            return ServiceOutcome.Pass;
        }

        if (!HasRightChecksum(w))
        {
            w.Drop(DropReason.BadChecksum);
            Stage.Services.Say(port.Origin, $"a question to DHCP that was damaged on its way", ref sink);
            return ServiceOutcome.Done;
        }

        Conclude(w, port, v4 ? AnswerV4(w, segment, port) : AnswerV6(w, segment, port), ref sink);
        return ServiceOutcome.Done;
    }

    private static bool IsServed(Segment segment, bool v4)
    {
        for (int i = 0; i < segment.SubnetList.Count; i++)
        {
            SubnetRow subnet = segment.SubnetList[i];
            if (subnet.Cidr.IsIpv4 == v4 && (v4 ? subnet.EnableDhcp : Ipv6Configuration.IsInformed(subnet)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A guest's own stack may leave the sum to the device.</summary>
    private static bool HasRightChecksum(Walk w) =>
        w.Packet.Offload.NeedsChecksum || w.Packet.Offload.ChecksumValid || Checksum.IsTransportRight(w.Frame, in w.In);

    private static DhcpOutcome AnswerV4(Walk w, Segment segment, LocalPort port)
    {
        if (!DhcpResponder.TryRead(in w.In, w.Frame, out DhcpRequest request))
        {
            return DhcpOutcome.Malformed;
        }

        IpAddress wanted = request.RequestedAddress ?? request.ClientAddress;
        return TryLease(w, segment, port, wanted, out DhcpLease lease)
            ? DhcpResponder.Answer(in request, in lease, w.Context.Answer)
            : DhcpOutcome.Silent;
    }

    private static DhcpOutcome AnswerV6(Walk w, Segment segment, LocalPort port)
    {
        if (!Dhcpv6Responder.TryRead(in w.In, w.Frame, out Dhcpv6Request request))
        {
            return DhcpOutcome.Malformed;
        }

        if (port.Instance is not { } instance || w.In.SourceMac != port.Row!.Mac)
        {
            return port.Instance is null ? DhcpOutcome.Silent : DhcpOutcome.Foreign;
        }

        Dhcpv6Lease lease = new(instance, segment.SubnetList, segment.Row!.Mtu, w.Context.Settings.DhcpLeaseSeconds);
        return Dhcpv6Responder.Answer(in w.In, in request, in lease, w.Context.Answer);
    }

    /// <summary>What the client asks for, where that is the port's; else the port's first address of a subnet with DHCP.</summary>
    private static bool TryLease(Walk w, Segment segment, LocalPort port, IpAddress wanted, out DhcpLease lease)
    {
        lease = default;
        bool found = false;
        foreach (SubnetAddress own in port.Instance?.Addresses ?? default)
        {
            if (own.Address.IsIpv4 && (!found || own.Address == wanted)
                && segment.Subnets.TryGetValue(own.SubnetId, out SubnetRow? subnet) && subnet.EnableDhcp)
            {
                lease = new DhcpLease(
                    port.Row!.Mac, own.Address, subnet, port.Instance!, IsRouted(segment, subnet), segment.Row!.Mtu, w.Context.Settings.DhcpLeaseSeconds);
                found = true;
            }
        }

        return found;
    }

    private static bool IsRouted(Segment segment, SubnetRow subnet) =>
        subnet.Gateway is { } gateway && segment.InterfacesByAddress.TryGet(gateway, out RouterInterface? router) && router.Router.IsUp;

    private static void Conclude<TSink>(Walk w, LocalPort port, DhcpOutcome outcome, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        switch (outcome)
        {
            case DhcpOutcome.Answered:
                w.AnswerRoute = AnswerRoute.Back;
                w.End(Disposition.Answered);
                Stage.Services.Say(port.Origin, $"the node answers with what the port has", ref sink);
                break;
            case DhcpOutcome.Silent:
                w.End(Disposition.Answered);
                Stage.Services.Say(port.Origin, $"the node hears it and has nothing to answer", ref sink);
                break;
            case DhcpOutcome.Foreign:
                w.Drop(DropReason.SpoofedDhcp);
                Stage.Services.Say(port.Origin, $"it asks for another than the port", ref sink);
                break;
            default:
                w.Drop(DropReason.Malformed);
                Stage.Services.Say(port.Origin, $"it is no message of DHCP", ref sink);
                break;
        }
    }
}

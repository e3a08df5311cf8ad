using Vicinal.Datapath.Connections;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// The security groups of a port, for both directions. What belongs to a connection passes as long as the rules still allow the
/// connection itself: after a change it is asked again in its original direction with its original tuple, so that a removed
/// rule cuts what it allowed and nothing else.
/// </summary>
internal static class FilterDecision
{
    public static DropReason Judge<TSink>(Walk w, LocalPort port, FilterDirection direction, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Depend(port.Slot);
        if (!port.Filters)
        {
            Say(port, direction, "passes, port security is off", port.Origin, ref sink);
            return DropReason.None;
        }

        if (IsBasic(in w.H, direction))
        {
            Say(port, direction, "passes as address resolution or configuration", port.Origin, ref sink);
            return DropReason.None;
        }

        ConnectionVerdict verdict = w.Look(port.Zone);
        switch (verdict.State)
        {
            case ConnectionState.Established or ConnectionState.Related:
                return JudgeKnown(w, port, direction, in verdict, ref sink);
            case ConnectionState.New:
                return JudgeNew(w, port, direction, ref sink);
            default:
                return JudgeInvalid(w, port, direction, ref sink);
        }
    }

    /// <summary>
    /// What a host needs before it can speak at all, as in Neutron: ARP, neighbour discovery, group membership, and its
    /// own side of DHCP. Port security has seen to it that an instance only says what is its own.
    /// </summary>
    private static bool IsBasic(in PacketHeaders h, FilterDirection direction)
    {
        if (h.IsArp)
        {
            return true;
        }

        if (h.IsIpv6 && h.IsIcmp)
        {
            return h.IcmpType is Icmpv6Type.NeighborSolicitation or Icmpv6Type.NeighborAdvertisement
                or (>= Icmpv6Type.MulticastListenerQuery and <= Icmpv6Type.MulticastListenerDone) or Icmpv6Type.MulticastListenerReportV2
                || (h.IcmpType == Icmpv6Type.RouterAdvertisement && direction == FilterDirection.Ingress)
                || (h.IcmpType == Icmpv6Type.RouterSolicitation && direction == FilterDirection.Egress);
        }

        if (h.Protocol != IpProtocol.Udp || !h.HasPorts)
        {
            return false;
        }

        (ushort client, ushort server) = h.IsIpv4 ? ((ushort)68, (ushort)67) : ((ushort)546, (ushort)547);
        return direction == FilterDirection.Egress
            ? h.SourcePort == client && h.DestinationPort == server
            : h.SourcePort == server && h.DestinationPort == client;
    }

    private static DropReason JudgeKnown<TSink>(
        Walk w, LocalPort port, FilterDirection direction, in ConnectionVerdict verdict, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        // A redirect teaches a host another way out; no router of ours sends one.
        if (verdict.State == ConnectionState.Related && w.H.IsIpv4 && w.H.IcmpType == Icmpv4Type.Redirect)
        {
            Say(port, direction, "is an ICMP redirect", port.Origin, ref sink);
            return DropReason.InvalidConnectionState;
        }

        ref readonly Connection connection = ref w.Connections[verdict.Connection];
        uint generation = w.GenerationOf(port);
        bool asked = connection.PolicyGeneration != generation;
        if (asked && !StillAllowed(port, in connection))
        {
            Say(port, direction, "belongs to a connection that no rule allows any more", port.Origin, ref sink);
            return ReasonOf(direction);
        }

        if (verdict.State == ConnectionState.Related)
        {
            Say(port, direction, "is an ICMP error about a connection", port.Origin, ref sink);
            return DropReason.None;
        }

        w.Touch(port.Zone, in verdict, asked, generation);
        Say(port, direction, verdict.IsReply ? "answers a connection" : "belongs to a connection", port.Origin, ref sink);
        return DropReason.None;
    }

    private static DropReason JudgeNew<TSink>(Walk w, LocalPort port, FilterDirection direction, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        ref readonly PacketHeaders h = ref w.H;
        IpAddress remote = direction == FilterDirection.Egress ? h.Destination : h.Source;
        if (!TryMatch(port, direction, h.IsIpv6, h.Protocol, PortRanges.KeyOf(in h), remote, out FilterRuleRow? rule, out bool stateful))
        {
            Say(port, direction, "no rule allows it", port.Origin, ref sink);
            return ReasonOf(direction);
        }

        if (TSink.Enabled)
        {
            Say(port, direction, stateful ? "opens a connection that a rule allows" : "a stateless rule allows it", rule!.Origin, ref sink);
        }

        // What goes to a group is answered from elsewhere, so there is no connection to remember.
        if (stateful && !h.Destination.IsMulticast && !h.Destination.IsLimitedBroadcast
            && ConnectionTuple.TryFrom(in h, out ConnectionTuple tuple))
        {
            w.Open(port.Zone, in tuple, tuple.Reversed, new CommitInfo((uint)direction, PolicyGeneration: w.GenerationOf(port)));
        }

        return DropReason.None;
    }

    /// <summary>Belongs to no connection and can open none. A stateless group does not care.</summary>
    private static DropReason JudgeInvalid<TSink>(Walk w, LocalPort port, FilterDirection direction, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        ref readonly PacketHeaders h = ref w.H;
        IpAddress remote = direction == FilterDirection.Egress ? h.Destination : h.Source;
        foreach (FilterGroup group in port.Groups)
        {
            if (!group.Stateful
                && group.TryMatch(direction, h.IsIpv6, h.Protocol, PortRanges.KeyOf(in h), remote, out FilterRuleRow? rule))
            {
                Say(port, direction, "a stateless rule allows it", rule.Origin, ref sink);
                return DropReason.None;
            }
        }

        Say(port, direction, "belongs to no connection and can open none", port.Origin, ref sink);
        return DropReason.InvalidConnectionState;
    }

    /// <summary>Asks the present rules about a connection as it began. <see cref="Connection.Port"/> holds the direction.</summary>
    private static bool StillAllowed(LocalPort port, in Connection connection)
    {
        FilterDirection direction = (FilterDirection)connection.Port;
        ConnectionTuple original = connection.Original;
        ushort key = original.IsIcmp ? (ushort)(original.DestinationPort << 8) : original.DestinationPort;
        IpAddress remote = direction == FilterDirection.Egress ? original.Destination : original.Source;
        return TryMatch(port, direction, original.Source.IsIpv6, original.Protocol, key, remote, out _, out _);
    }

    private static bool TryMatch(
        LocalPort port, FilterDirection direction, bool ipv6, byte protocol, ushort key, IpAddress remote,
        out FilterRuleRow? rule, out bool stateful)
    {
        foreach (FilterGroup group in port.Groups)
        {
            if (group.TryMatch(direction, ipv6, protocol, key, remote, out rule))
            {
                stateful = group.Stateful;
                return true;
            }
        }

        rule = null;
        stateful = false;
        return false;
    }

    private static DropReason ReasonOf(FilterDirection direction) =>
        direction == FilterDirection.Egress ? DropReason.FilterEgress : DropReason.FilterIngress;

    private static void Say<TSink>(LocalPort port, FilterDirection direction, string what, Origin origin, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (TSink.Enabled)
        {
            Stage stage = direction == FilterDirection.Egress ? Stage.EgressFilter : Stage.IngressFilter;
            sink.Record(new TraceStep(stage, $"{port.Row!.DeviceName}: {what}", origin));
        }
    }
}

using Vicinal.Datapath.Connections;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// Translation at the edge of a router's external network: floating IPs one to one and without state, all else behind the router's
/// own address, by connection.
/// </summary>
internal static class NatStage
{
    /// <summary>A floating IP's port speaks to the outside.</summary>
    public static void TranslateSource<TSink>(Walk w, StaticNat nat, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Depend(nat.Slot);
        Tracing.Keep<TSink>(in w.H, out PacketHeaders before);
        if (w.H.IsIcmpError)
        {
            EmbeddedNat.Source(w, nat.Row.ExternalAddress, nat.Row.FixedAddress, nat.Row.ExternalAddress, null);
        }
        else
        {
            w.H.Source = nat.Row.ExternalAddress;
        }

        Stage.Nat.Say(nat.Origin, $"floating IP {nat.Row.ExternalAddress} for {nat.Row.FixedAddress}", in before, in w.H, ref sink);
    }

    /// <summary>The outside speaks to a floating IP.</summary>
    public static void TranslateDestination<TSink>(Walk w, StaticNat nat, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Depend(nat.Slot);
        Tracing.Keep<TSink>(in w.H, out PacketHeaders before);
        if (w.H.IsIcmpError)
        {
            EmbeddedNat.Destination(w, nat.Row.FixedAddress, nat.Row.ExternalAddress, nat.Row.FixedAddress, null);
        }
        else
        {
            w.H.Destination = nat.Row.FixedAddress;
        }

        Stage.Nat.Say(nat.Origin, $"{nat.Row.FixedAddress} behind floating IP {nat.Row.ExternalAddress}", in before, in w.H, ref sink);
    }

    /// <summary>Inside speaks to outside behind the router's address; false when it may not.</summary>
    public static bool TranslateSource<TSink>(Walk w, Router router, Gateway gateway, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (gateway.SnatAddress is not { } address)
        {
            return Refuse(w, gateway, DropReason.NoNatBinding, $"the gateway has no IPv4 address", ref sink);
        }

        Tracing.Keep<TSink>(in w.H, out PacketHeaders before);
        ConnectionVerdict verdict = w.Look(router.Zone);
        ConnectionTuple reply;
        if (verdict is { IsKnown: true, IsReply: false })
        {
            ref readonly Connection connection = ref w.Connections[verdict.Connection];
            reply = connection.Reply;
            if (verdict.State == ConnectionState.Related)
            {
                EmbeddedNat.Source(w, address, connection.Original.Source, address, PortOf(in reply, reply.DestinationPort));
                Stage.Nat.Say(gateway.Origin, $"an ICMP error from behind {address}", in before, in w.H, ref sink);
                return true;
            }

            w.Touch(router.Zone, in verdict, false);
        }
        else if (verdict.State == ConnectionState.New && ConnectionTuple.TryFrom(in w.H, out ConnectionTuple original))
        {
            if (!w.Context.SourceNat.TryFind(router.Zone, in original, address, out reply))
            {
                return Refuse(w, gateway, DropReason.NatExhausted, $"all ports of {address} towards the destination are taken", ref sink);
            }

            w.Open(router.Zone, in original, in reply, default);
        }
        else
        {
            return Refuse(w, gateway, DropReason.InvalidConnectionState, $"belongs to no connection and can open none", ref sink);
        }

        w.H.Source = reply.Destination;
        SetSourcePort(ref w.H, PortOf(in reply, reply.DestinationPort));
        Stage.Nat.Say(gateway.Origin, $"behind the router's address {address}", in before, in w.H, ref sink);
        return true;
    }

    /// <summary>The outside answers the router's address: back to who it is for. False when no connection is behind it.</summary>
    public static bool TranslateDestination<TSink>(Walk w, Router router, Gateway gateway, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        ConnectionVerdict verdict = w.Look(router.Zone);
        if (verdict is not { IsKnown: true, IsReply: true })
        {
            return false;
        }

        Tracing.Keep<TSink>(in w.H, out PacketHeaders before);
        ref readonly Connection connection = ref w.Connections[verdict.Connection];
        ConnectionTuple original = connection.Original;
        if (verdict.State == ConnectionState.Related)
        {
            EmbeddedNat.Destination(w, original.Source, w.H.Destination, original.Source, original.SourcePort);
        }
        else
        {
            w.Touch(router.Zone, in verdict, false);
            w.H.Destination = original.Source;
            if (w.H.IsIcmpQuery)
            {
                w.H.IcmpId = original.SourcePort;
            }
            else if (w.H.HasPorts)
            {
                w.H.DestinationPort = original.SourcePort;
            }
        }

        Stage.Nat.Say(gateway.Origin, $"for {original.Source} behind the router's address", in before, in w.H, ref sink);
        return true;
    }

    /// <summary>An ICMP query's identifier stands as the source port of both tuples.</summary>
    private static ushort PortOf(in ConnectionTuple reply, ushort port) => reply.IsIcmp ? reply.SourcePort : port;

    private static void SetSourcePort(ref PacketHeaders h, ushort port)
    {
        if (h.IsIcmpQuery)
        {
            h.IcmpId = port;
        }
        else if (h.HasPorts)
        {
            h.SourcePort = port;
        }
    }

    private static bool Refuse<TSink>(Walk w, Gateway gateway, DropReason reason, TraceText<TSink> why, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Drop(reason);
        Stage.Nat.SayAbout(gateway.Origin, why, in w.H, ref sink);
        return false;
    }
}

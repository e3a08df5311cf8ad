using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// Whether the next packet with the same key would be dropped for the same reason, as long as no row changes and no connection opens where this walk
/// found none; and what that packet must be like.
/// </summary>
internal static class LastingDrop
{
    /// <summary>No port is to count it.</summary>
    public const uint NoPort = uint.MaxValue;

    public static bool Is(Walk w) =>
        w.AnswerRoute == AnswerRoute.None && w.Need.IsNone && !w.Fragment && w.LooksAreEmpty
        && (w.In.TcpFlags & TcpFlags.Rst) == 0
        && (w.Source.Kind is PacketSourceKind.LocalPort or PacketSourceKind.Tunnel || w.OutPort is not null || w.Router is not null)
        && IsByRows(w.DropReason);

    /// <summary>What decides apart from key, rows and connections becomes a precondition: a packet that an earlier check would have stopped is walked.</summary>
    public static FlowAction Compose(Walk w, long deadline)
    {
        FlowAction action = FlowActions.Drop(in w.In, w.DropReason, deadline);
        action.Lease = w.Lease;
        action.OutputIndex = (w.OutPort ?? w.InPort) is { Device: >= 0 } port ? (uint)port.Device : NoPort;
        action.MaxL3Length = (ushort)Math.Clamp(w.Mtu, 0, ushort.MaxValue);
        action.MinTtl = w.RoutersPassed == 0 ? (byte)0 : (byte)(w.In.Ttl - w.H.Ttl + 2);
        return action;
    }

    /// <summary>Not by neighbours, by bounds, or by what a packet says beyond its key; and never what the host's own stack is to have.</summary>
    private static bool IsByRows(DropReason reason) => reason is
        DropReason.SpoofedMac or DropReason.SpoofedAddress or DropReason.ForgedService or DropReason.PortDown
        or DropReason.FilterEgress or DropReason.FilterIngress or DropReason.InvalidConnectionState or DropReason.UnknownDestination
        or DropReason.NoRoute or DropReason.NoGateway or DropReason.RouterDown or DropReason.NoNatBinding or DropReason.UnknownVni
        or DropReason.UnknownTunnelPeer or DropReason.SpoofedTunnelSource or DropReason.UnknownSegment or DropReason.NoProviderNic
        or DropReason.UnsupportedProtocol;
}

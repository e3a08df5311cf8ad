using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// The key that the answer to a packet will have on this node if it comes back by where the packet went. A guess: whoever answers may
/// be reached one way and answer another.
/// </summary>
internal static class ReplyKey
{
    /// <summary>False for what nobody answers, and where the way back is not known.</summary>
    /// <param name="walk">Ended, and with one output.</param>
    /// <param name="key">Of a tunnel without the peer's number: that is who has the address <see cref="FlowAction.TunnelRemote"/>.</param>
    public static bool TryFind(Walk walk, in FlowAction action, out FlowKey key)
    {
        FlowInput input;
        switch (action.OutputKind)
        {
            case FlowOutputKind.Port:
                input = new FlowInput(FlowInputKind.LocalPort, action.OutputIndex);
                return TryReverse(in walk.H, in input, 0, out key);
            case FlowOutputKind.Physical:
                input = new FlowInput(FlowInputKind.Physical, action.OutputIndex);
                return TryReverse(in walk.H, in input, action.VlanId, out key);

            // What was routed here for others, since its router is not distributed, is answered by this node's router.
            case FlowOutputKind.Tunnel when walk.Router is { IsServedHere: true, Row.Distributed: false }:
                input = new FlowInput(FlowInputKind.Tunnel, action.Vni, FlowInput.PeerOf(0, action.Encapsulation));
                return TryReverse(in walk.H, in input, 0, out key);

            // The far node routes the answer itself, and sends it on the network of its destination.
            case FlowOutputKind.Tunnel when walk.InPort?.Segment is { Row.IsTunnelled: true } own:
                input = new FlowInput(FlowInputKind.Tunnel, own.Row.Vni, FlowInput.PeerOf(0, own.Row.Encapsulation));
                return TryReverse(in walk.In, in input, 0, out key);
            default:
                key = default;
                return false;
        }
    }

    private static bool TryReverse(in PacketHeaders h, in FlowInput input, ushort vlan, out FlowKey key)
    {
        key = default;
        if (h.DestinationMac.IsMulticast || h.SourceMac.IsMulticast || h.Destination.IsMulticast || h.Destination.IsLimitedBroadcast
            || !ConnectionTuple.TryFrom(in h, out ConnectionTuple tuple))
        {
            return false;
        }

        ConnectionTuple reply = tuple.Reversed;
        key = new FlowKey
        {
            Source = reply.Source,
            Destination = reply.Destination,
            InputIndex = input.Index,
            InputPeer = input.Peer,
            SourcePort = reply.SourcePort,
            DestinationPort = reply.IsIcmp ? (ushort)((reply.DestinationPort << 8) | h.IcmpCode) : reply.DestinationPort,
            EtherType = h.EtherType,
            Vlan = vlan == 0 ? (ushort)0 : (ushort)(FlowKey.VlanPresent | vlan),
            DestinationMac = new PackedMac(h.SourceMac),
            SourceMac = new PackedMac(h.DestinationMac),
            InputKind = input.Kind,
            Protocol = reply.Protocol,
        };
        return true;
    }
}

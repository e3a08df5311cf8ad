using System.Runtime.CompilerServices;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Pipeline;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <content>
/// What is said of a packet before it is looked up: tunnel header off, headers parsed, key made. It rests on rows and on the packet alone,
/// so that what becomes of other packets changes nothing here, and a batch may be read before its first packet is forwarded.
/// </content>
public sealed partial class Node
{
    private readonly KnownDestinations _known = new();
    private RemoteNode? _lastPeer;

    /// <summary>False, with the reason, for what goes no further.</summary>
    /// <param name="peer">As <see cref="PeerOf"/> says.</param>
    /// <param name="key">All zero, which no flow has, for a packet that each time needs a walk of its own.</param>
    private bool TryRead(in PacketSource source, RemoteNode? peer, PacketBuffer packet, out Arrival arrival, out FlowKey key)
    {
        // Both are written field by field; clearing them first would cost as much again.
        Unsafe.SkipInit(out arrival);
        Unsafe.SkipInit(out key);
        arrival.Refusal = Admit(in source, peer, packet, out FlowInput input);
        if (arrival.Refusal != DropReason.None)
        {
            return Refuse(arrival.Refusal, ref arrival, out key);
        }

        arrival.Vni = source.Kind == PacketSourceKind.Tunnel ? input.Index : 0;
        ParseResult parsed = PacketHeaders.Parse(packet.Span, out arrival.Headers);
        if (parsed != ParseResult.Ok)
        {
            return Refuse(DropReasons.Of(parsed), ref arrival, out key);
        }

        if (packet.Offload.NeedsChecksum && !Checksum.IsPlaceRight(in arrival.Headers, in packet.Offload) && !TryFinishInner(packet))
        {
            return Refuse(DropReason.Malformed, ref arrival, out key);
        }

        if ((source.Tos & 3) == 3 && !Congestion.TryMark(packet.Span, ref arrival.Headers))
        {
            return Refuse(DropReason.Malformed, ref arrival, out key);
        }

        _ = FlowKey.TryFrom(in arrival.Headers, in input, out key);
        return true;
    }

    /// <summary>What is open is the checksum within a guest's own tunnel, and is closed here; anywhere else it would be written over what is judged now.</summary>
    private static bool TryFinishInner(PacketBuffer packet) =>
        TunnelSegmenter.IsSuspect(in packet.Offload) && TunnelSegmenter.Inspect(packet, out _) == TunnelWork.Checksum && Checksum.Finish(packet);

    private static bool Refuse(DropReason reason, ref Arrival arrival, out FlowKey key)
    {
        arrival.Refusal = reason;
        key = default;
        return false;
    }

    /// <summary>Takes a tunnel header off and says where the packet came in, or why it goes no further.</summary>
    private DropReason Admit(in PacketSource source, RemoteNode? peer, PacketBuffer packet, out FlowInput input)
    {
        input = new FlowInput((FlowInputKind)source.Kind, (uint)source.Index);
        if (source.Kind != PacketSourceKind.Tunnel)
        {
            return source.Kind is PacketSourceKind.LocalPort or PacketSourceKind.Service || Concerns(in source, packet.Span) ? DropReason.None : DropReason.NotForUs;
        }

        if (peer is null)
        {
            return DropReason.UnknownTunnelPeer;
        }

        if (!TunnelHeader.TryPull(packet, source.Encapsulation, out uint vni))
        {
            return DropReason.Malformed;
        }

        input = new FlowInput(FlowInputKind.Tunnel, vni, FlowInput.PeerOf(peer.Slot, source.Encapsulation));
        return DropReason.None;
    }

    /// <summary>The node that a tunnel packet comes from; null when it comes from elsewhere or none is known at its address.</summary>
    private RemoteNode? PeerOf(in PacketSource source)
    {
        if (source.Kind != PacketSourceKind.Tunnel)
        {
            return null;
        }

        RemoteNode? peer = _lastPeer;
        if ((peer?.Row is null || peer.Row.TunnelAddress != source.Remote) && _state.Nodes.TryByTunnelAddress(source.Remote, out peer))
        {
            _lastPeer = peer;
        }

        return peer;
    }

    /// <summary>
    /// On a NIC that the host shares most frames are the host's own. What is neither for one of our MACs nor a broadcast, nor tells
    /// about a neighbour, is told apart by its first bytes.
    /// </summary>
    private bool Concerns(in PacketSource source, ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetHeader.Size)
        {
            return true;
        }

        MacAddress mac = MacAddress.Read(frame);
        ushort vlan = VlanTag.TryRead(frame, out VlanTag tag) ? tag.Id : (ushort)0;
        return _known.Contains(source.Index, vlan, mac) || Concerns(source.Index, vlan, mac) || IsNeighborTalk(source.Index, vlan, frame);
    }

    private bool Concerns(int nic, ushort vlan, MacAddress mac)
    {
        bool ours = _state.Segments.TryByTag(nic, vlan, out Segment? segment)
            && (mac.IsMulticast || segment.OwnersByMac.TryGet(mac, out _) || segment.LocalPortsByMac.TryGet(mac, out _)
                || segment.SharedMacs.ContainsKey(mac) || segment.Lingering.ContainsKey(mac));
        if (ours)
        {
            _known.Add(nic, vlan, mac);
        }

        return ours;
    }

    private bool IsNeighborTalk(int nic, ushort vlan, ReadOnlySpan<byte> frame) =>
        _state.Segments.TryByTag(nic, vlan, out _) && NeighborTalk.Is(frame);

    /// <summary>A packet that was read.</summary>
    private struct Arrival
    {
        public PacketHeaders Headers;

        /// <summary>The network that a tunnel packet's header named; else 0.</summary>
        public uint Vni;

        public DropReason Refusal;
    }
}

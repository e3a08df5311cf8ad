using System.Buffers.Binary;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Fabric;

/// <summary>Which IP packets the kernel would have had to hand to its agent: those that the mirror does not replay when they come in.</summary>
internal sealed class Upcalls
{
    private readonly SimNode _node;
    private readonly MapMirror _mirror;

    public Upcalls(SimNode node, MapMirror mirror)
    {
        (_node, _mirror) = (node, mirror);
        node.Heard = Note;
    }

    public List<FlowKey> Keys { get; } = [];

    private void Note(PacketSource source, byte[] frame)
    {
        ReadOnlySpan<byte> inner = frame;
        FlowInput input = new((FlowInputKind)source.Kind, (uint)source.Index);
        if (source.Kind == PacketSourceKind.Tunnel)
        {
            inner = frame.AsSpan(TunnelHeaderOf(source.Encapsulation, frame, out uint vni));
            uint number = _node.Node.Peers.Single(p => p.Address == source.Remote).Number;
            input = new FlowInput(FlowInputKind.Tunnel, vni, FlowInput.PeerOf(number, source.Encapsulation));
        }

        PacketHeaders.Parse(inner, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        if (!FlowKey.TryFrom(in h, in input, out FlowKey key) || !h.IsIp || IsOthers(source, in h))
        {
            return;
        }

        if (!_mirror.Replays(in key) || !_mirror.Flows[key].Action.Admits(in h, default))
        {
            Keys.Add(key);
        }
    }

    /// <returns>Its size.</returns>
    private static int TunnelHeaderOf(Encapsulation encapsulation, byte[] frame, out uint vni)
    {
        if (encapsulation == Encapsulation.Vxlan)
        {
            vni = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)) >> 8;
            return 8;
        }

        GeneveHeader.TryRead(frame, out GeneveHeader geneve, out int size).ShouldBeTrue();
        vni = geneve.Vni;
        return size;
    }

    /// <summary>On the wire, which is a hub here, everybody hears everything.</summary>
    private bool IsOthers(PacketSource source, in PacketHeaders h)
    {
        MacAddress destination = h.DestinationMac;
        return source.Kind == PacketSourceKind.Physical && _node.Node.Owned.All(o => o.Mac != destination);
    }
}

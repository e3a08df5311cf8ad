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
            GeneveHeader.TryRead(frame, out GeneveHeader geneve, out int size).ShouldBeTrue();
            inner = inner[size..];
            uint number = _node.Node.Peers.Single(p => p.Address == source.Remote).Number;
            input = new FlowInput(FlowInputKind.Tunnel, geneve.Vni, FlowInput.PeerOf(number, Encapsulation.Geneve));
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

    /// <summary>On the wire, which is a hub here, everybody hears everything.</summary>
    private bool IsOthers(PacketSource source, in PacketHeaders h)
    {
        MacAddress destination = h.DestinationMac;
        return source.Kind == PacketSourceKind.Physical && _node.Node.Owned.All(o => o.Mac != destination);
    }
}

using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Pipeline;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>
/// Turns what a walk decided into packets: rewritten, cut where they must be, tagged or encapsulated, and handed to an output, which is
/// the devices when forwarding and a list when tracing.
/// </summary>
internal sealed class PacketEmitter(KeyedHash hash)
{
    private readonly PacketBuffer _copy = new();
    private readonly PacketBuffer _piece = new();
    private readonly byte[] _pieces = new byte[1 << 17];

    /// <summary>Sends the walk's packet to all its outputs. The packet is changed by that.</summary>
    /// <returns>The action of the last output.</returns>
    public FlowAction Emit(Walk walk, uint flowHash, IPacketOutput output)
    {
        if (walk.Fragment || walk.Source.LargestFragment > 0)
        {
            EmitFragments(walk, output);
            return default;
        }

        FlowAction action = default;
        byte tos = walk.In.IsIp ? walk.In.TrafficClass : (byte)0;
        ReadOnlySpan<Emission> emissions = walk.Emissions;
        for (int i = 0; i < emissions.Length; i++)
        {
            PacketBuffer packet = walk.Packet;
            if (i < emissions.Length - 1)
            {
                packet = _copy;
                packet.CopyFrom(walk.Packet);
            }

            action = walk.Compose(emissions[i]);
            Executor.Execute(in action, packet, in walk.In);
            Send(in action, packet, flowHash, tos, output);
        }

        return action;
    }

    /// <summary>Sends an answer to where its cause came from. A reply to what came in fragments goes in fragments.</summary>
    public void EmitBack(Walk walk, PacketBuffer answer, IPacketOutput output)
    {
        int largest = walk.Source.LargestFragment;
        if (PacketHeaders.Parse(answer.Span, out PacketHeaders h) == ParseResult.Ok)
        {
            SendPieces(answer, in h, largest == 0 ? int.MaxValue : largest, walk.Source.FragmentId, walk.WayBack(), output);
        }
    }

    public static void Send(in FlowAction action, PacketBuffer packet, uint flowHash, byte tos, IPacketOutput output)
    {
        switch (action.OutputKind)
        {
            case FlowOutputKind.Port:
                output.ToPort((int)action.OutputIndex, packet);
                break;
            case FlowOutputKind.Tunnel:
                output.ToTunnel(action.TunnelRemote, action.Encapsulation, packet, flowHash, tos);
                break;
            case FlowOutputKind.Physical:
                output.ToPhysical((int)action.OutputIndex, packet);
                break;
            case FlowOutputKind.Host:
                output.ToHost((int)action.OutputIndex, packet);
                break;
            case FlowOutputKind.Service:
                output.ToService(packet);
                break;
            default:
                break;
        }
    }

    /// <summary>All packets of a flow take the same path through the underlay; fragments go by their addresses.</summary>
    public uint HashOf(in PacketHeaders h) => (uint)(h.IsIp
        ? hash.Of(h.Source.High ^ h.Source.Low, h.Destination.High ^ h.Destination.Low)
        : hash.Of(h.SourceMac.Value, h.DestinationMac.Value));

    /// <summary>
    /// A packet that is too long for the way out, or that came in fragments: its headers are rewritten first, then it is cut, and
    /// each piece gets its tag or tunnel header. Pieces are never longer than those that came.
    /// </summary>
    private void EmitFragments(Walk walk, IPacketOutput output)
    {
        FlowAction rewrite = walk.Compose(new Emission(new FlowOutput(FlowOutputKind.Host), 0, null));
        PacketBuffer packet = walk.Packet;
        _ = Checksum.Finish(packet);
        Executor.Execute(in rewrite, packet, in walk.In);
        if (PacketHeaders.Parse(packet.Span, out PacketHeaders h) != ParseResult.Ok)
        {
            return;
        }

        int mtu = walk.Mtu == 0 ? int.MaxValue : walk.Mtu;
        int largest = walk.Source.LargestFragment;
        foreach (Emission emission in walk.Emissions)
        {
            SendPieces(packet, in h, largest == 0 ? mtu : Math.Min(mtu, largest), walk.Source.FragmentId, emission, output);
        }
    }

    /// <param name="id">Of an IPv6 packet that came in fragments; IPv4 carries its own.</param>
    private void SendPieces(PacketBuffer packet, in PacketHeaders h, int mtu, uint id, in Emission emission, IPacketOutput output)
    {
        if (h.L3Length <= mtu)
        {
            SendPiece(packet.Span, emission, output);
            return;
        }

        int written = 0;
        SegmentRun run;
        do
        {
            run = h.IsIpv4
                ? Ipv4Fragmenter.Write(packet.Span, in h, mtu, 0, _pieces, written)
                : Ipv6Fragmenter.Write(packet.Span, in h, mtu, id, 0, _pieces, written);
            for (int i = 0; i < run.Count; i++)
            {
                SendPiece(run.Frame(_pieces, 0, i), emission, output);
            }

            written += run.Count;
        }
        while (run is { Count: > 0, Remaining: > 0 });
    }

    private void SendPiece(ReadOnlySpan<byte> frame, in Emission emission, IPacketOutput output)
    {
        _piece.CopyFrom(frame);
        if (PacketHeaders.Parse(_piece.Span, out PacketHeaders piece) == ParseResult.Ok)
        {
            FlowAction push = FlowActions.FromDifference(in piece, Walk.Tagged(in piece, emission.Vlan), emission.Output);
            Executor.Execute(in push, _piece, in piece);
            Send(in push, _piece, HashOf(in piece), piece.TrafficClass, output);
        }
    }
}

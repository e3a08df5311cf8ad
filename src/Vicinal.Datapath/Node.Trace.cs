using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Pipeline;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <content>The same walk with the recording sink.</content>
public sealed partial class Node
{
    /// <summary>The walk that <see cref="Receive"/> would take, explained; it changes nothing and sends nothing.</summary>
    public TraceResult Trace(in PacketSource source, ReadOnlySpan<byte> frame, long now)
    {
        PacketBuffer packet = new();
        if (frame.Length > packet.Room.Length)
        {
            return Refused(DropReason.Malformed, "longer than any packet");
        }

        packet.CopyFrom(frame);
        PacketSource from = source;
        if (source.Kind == PacketSourceKind.Tunnel)
        {
            if (!TunnelHeader.TryPull(packet, source.Encapsulation, out uint vni))
            {
                return Refused(DropReason.Malformed, "no tunnel header that carries a frame");
            }

            from = source with { Vni = vni };
        }

        ParseResult parsed = PacketHeaders.Parse(packet.Span, out PacketHeaders h);
        if (parsed != ParseResult.Ok)
        {
            return Refused(DropReasons.Of(parsed), $"not a sound packet: {parsed}");
        }

        return h.IsFragment
            ? new TraceResult([new TraceStep(Stage.Receive, "a fragment waits for the others of its packet", default)], Disposition.Held, DropReason.None, [])
            : Explain(in from, packet, in h, now);
    }

    private TraceResult Explain(in PacketSource source, PacketBuffer packet, in PacketHeaders h, long now)
    {
        List<TraceStep> steps = [];
        RecordingSink sink = new(steps);
        Walk walk = new(NewContext());
        walk.Begin(in source, packet, in h, now);
        ReceiveStage.Run(walk, ref sink);
        List<TraceOutput> outputs = [.. walk.Emissions.Select(e => OutputOf(walk, e))];
        if (walk.AnswerRoute != AnswerRoute.None)
        {
            outputs.AddRange(AnswerOf(walk, ref sink));
        }

        return new TraceResult(steps, walk.Disposition, walk.DropReason, outputs);
    }

    private IEnumerable<TraceOutput> AnswerOf(Walk walk, ref RecordingSink sink)
    {
        PacketBuffer answer = walk.Context.Answer;
        if (PacketHeaders.Parse(answer.Span, out PacketHeaders h) != ParseResult.Ok)
        {
            return [];
        }

        Walk back = new(NewContext());
        back.Begin(default, answer, in h, walk.Now);
        if (walk.AnswerRoute == AnswerRoute.Back)
        {
            return [OutputOf(back, walk.WayBack())];
        }

        RouterStage.FromSelf(back, walk.EntryRouter!, ref sink);
        return [.. back.Emissions.Select(e => OutputOf(back, e))];
    }

    private static TraceOutput OutputOf(Walk walk, Emission emission)
    {
        PacketBuffer copy = new();
        copy.CopyFrom(walk.Packet);
        FlowAction action = walk.Compose(emission);
        Executor.Execute(in action, copy, in walk.In);
        FlowOutput output = emission.Output;
        return new TraceOutput(
            (OutputKind)output.Kind, (int)output.Index, output.TunnelRemote, output.Encapsulation,
            emission.Port?.Id ?? Guid.Empty, copy.Span.ToArray());
    }

    private static TraceResult Refused(DropReason reason, string why) =>
        new([new TraceStep(Stage.Receive, why, default)], Disposition.Dropped, reason, []);
}

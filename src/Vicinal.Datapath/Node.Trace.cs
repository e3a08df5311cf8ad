using Vicinal.Datapath.Pipeline;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <content>The same walk with the recording sink.</content>
public sealed partial class Node
{
    /// <summary>Made with the first trace; its buffers are large.</summary>
    private TraceKit? _trace;

    /// <summary>The walk that <see cref="Receive"/> would take, explained; it changes nothing and sends nothing.</summary>
    public TraceResult Trace(in PacketSource source, ReadOnlySpan<byte> frame, long now)
    {
        _trace ??= new TraceKit(new Walk(NewContext()), new Walk(NewContext()), new PacketEmitter(_hash), new PacketBuffer());
        PacketBuffer packet = _trace.Packet;
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
            : Explain(_trace, in from, in h, now);
    }

    private TraceResult Explain(TraceKit kit, in PacketSource source, in PacketHeaders h, long now)
    {
        List<TraceStep> steps = [];
        RecordingSink sink = new(steps);
        Walk walk = kit.Walk;
        walk.Begin(in source, kit.Packet, in h, now);
        ReceiveStage.Run(walk, ref sink);
        TraceCapture capture = new(_state.Ports);
        kit.Emitter.Emit(walk, 0, capture);
        ExplainAnswer(kit, capture, ref sink);
        return new TraceResult(steps, walk.Disposition, walk.DropReason, capture.Outputs);
    }

    private static void ExplainAnswer(TraceKit kit, TraceCapture capture, ref RecordingSink sink)
    {
        Walk walk = kit.Walk;
        PacketBuffer answer = walk.Context.Answer;
        if (walk.AnswerRoute == AnswerRoute.Back)
        {
            kit.Emitter.EmitBack(walk, answer, capture);
        }
        else if (walk is { AnswerRoute: AnswerRoute.FromRouter, EntryRouter: { } router }
            && PacketHeaders.Parse(answer.Span, out PacketHeaders h) == ParseResult.Ok)
        {
            Walk back = kit.AnswerWalk;
            back.Begin(default, answer, in h, walk.Now);
            RouterStage.FromSelf(back, router, ref sink);
            kit.Emitter.Emit(back, 0, capture);
        }
    }

    private static TraceResult Refused(DropReason reason, string why) =>
        new([new TraceStep(Stage.Receive, why, default)], Disposition.Dropped, reason, []);

    private sealed record TraceKit(Walk Walk, Walk AnswerWalk, PacketEmitter Emitter, PacketBuffer Packet);
}

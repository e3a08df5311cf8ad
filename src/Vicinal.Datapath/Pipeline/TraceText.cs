using System.Runtime.CompilerServices;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// The words of a trace step, written as an interpolated string whose holes are not even evaluated when the sink is silent: the JIT
/// knows that of each sink type and removes the whole call.
/// </summary>
[InterpolatedStringHandler]
internal ref struct TraceText<TSink>
    where TSink : struct, ITraceSink
{
    private DefaultInterpolatedStringHandler _text;

    public TraceText(int literalLength, int formattedCount, out bool enabled)
    {
        enabled = TSink.Enabled;
        if (TSink.Enabled)
        {
            _text = new DefaultInterpolatedStringHandler(literalLength, formattedCount);
        }
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public string Take() => _text.ToStringAndClear();
}

/// <summary>How stages speak to a sink.</summary>
internal static class Tracing
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Say<TSink>(this Stage stage, Origin origin, TraceText<TSink> text, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (TSink.Enabled)
        {
            sink.Record(new TraceStep(stage, text.Take(), origin));
        }
    }

    /// <summary>Keeps headers for a later "before", and with the silent sink costs not even the copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Keep<TSink>(in PacketHeaders headers, out PacketHeaders kept)
        where TSink : struct, ITraceSink
    {
        Unsafe.SkipInit(out kept);
        if (TSink.Enabled)
        {
            kept = headers;
        }
    }

    /// <summary>With the headers as they were before the stage, and as they are now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Say<TSink>(
        this Stage stage, Origin origin, TraceText<TSink> text, in PacketHeaders before, in PacketHeaders after, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (TSink.Enabled)
        {
            sink.Record(new TraceStep(stage, text.Take(), origin, HeaderText.Of(in before), HeaderText.Of(in after)));
        }
    }

    /// <summary>With the headers of a packet that went no further.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SayAbout<TSink>(this Stage stage, Origin origin, TraceText<TSink> text, in PacketHeaders headers, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        if (TSink.Enabled)
        {
            sink.Record(new TraceStep(stage, text.Take(), origin, HeaderText.Of(in headers)));
        }
    }
}

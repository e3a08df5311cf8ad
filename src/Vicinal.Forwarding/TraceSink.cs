namespace Vicinal.Forwarding;

/// <summary>One thing that a stage did or decided.</summary>
/// <param name="What">The deed in words made from fields ("routed by 10.0.2.0/24 to interface 10.0.2.1").</param>
/// <param name="Origin">The Neutron object whose row decided.</param>
/// <param name="Before">The headers that the stage changed, as they came in; null when it changed none.</param>
/// <param name="After">The same headers as they left.</param>
public sealed record TraceStep(Stage Stage, string What, Origin Origin, string? Before = null, string? After = null);

/// <summary>
/// Hears what the pipeline does. The pipeline is generic over a struct that implements this and asks <see cref="Enabled"/>
/// before it builds any argument, so that with the silent sink the JIT removes every trace of tracing.
/// </summary>
public interface ITraceSink
{
    static abstract bool Enabled { get; }

    void Record(TraceStep step);
}

/// <summary>The sink of plain forwarding.</summary>
public readonly struct SilentSink : ITraceSink
{
    public static bool Enabled => false;

    public void Record(TraceStep step)
    {
    }
}

/// <summary>The sink that explains.</summary>
public readonly struct RecordingSink(List<TraceStep> steps) : ITraceSink
{
    public static bool Enabled => true;

    public void Record(TraceStep step) => steps.Add(step);
}

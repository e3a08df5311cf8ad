namespace Vicinal.Gateways.Tests.Simulation;

/// <summary>A node's monotonic clock: it starts anywhere and runs up to 500 in a million too fast or too slow, over freezes and crashes too.</summary>
internal readonly record struct SimClock(long Offset, int PartsPerMillion)
{
    public long At(long time) => Offset + time + (long)((Int128)time * PartsPerMillion / 1_000_000);

    /// <summary>The first instant of true time at which the clock shows this much.</summary>
    public long TimeOf(long local)
    {
        long elapsed = local - Offset;
        long time = (long)((Int128)elapsed * 1_000_000 / (1_000_000 + PartsPerMillion));
        while (At(time) < local)
        {
            time++;
        }

        return time;
    }
}

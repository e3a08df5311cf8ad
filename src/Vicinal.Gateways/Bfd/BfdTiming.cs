namespace Vicinal.Gateways.Bfd;

/// <summary>How often a node sends and wants to hear, and how many packets may be missing.</summary>
/// <param name="Interval">Nanoseconds.</param>
public readonly record struct BfdTiming(long Interval, byte Multiplier)
{
    /// <summary>Between a node and a gateway that it only uses.</summary>
    public static BfdTiming Slow => new(300 * Nanoseconds.PerMillisecond, 3);

    /// <summary>On the wire: at least 1, since 0 would ask for no packets at all.</summary>
    public uint Microseconds => (uint)Math.Clamp(Interval / Nanoseconds.PerMicrosecond, 1, uint.MaxValue);
}

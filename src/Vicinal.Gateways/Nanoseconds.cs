namespace Vicinal.Gateways;

/// <summary>Time here is nanoseconds of a monotonic clock, held in a long.</summary>
internal static class Nanoseconds
{
    public const long PerMicrosecond = 1000;
    public const long PerMillisecond = 1_000_000;
    public const long PerSecond = 1_000_000_000;
}

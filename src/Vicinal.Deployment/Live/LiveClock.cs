namespace Vicinal.Deployment.Live;

/// <summary>What the kernel says of the clock, as adjtimex(2) does.</summary>
/// <param name="IsSynchronised">Something disciplines it, and says that it succeeds.</param>
/// <param name="MaxErrorMicroseconds">How far it may be off, as that something believes.</param>
public sealed record LiveClock(bool IsSynchronised, long MaxErrorMicroseconds);

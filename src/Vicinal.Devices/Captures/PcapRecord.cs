namespace Vicinal.Devices.Captures;

/// <summary>One frame of a capture file.</summary>
/// <param name="Nanoseconds">Since 1970-01-01 UTC.</param>
/// <param name="OriginalLength">Its length on the link; <paramref name="Data"/> may have been cut.</param>
public sealed record PcapRecord(long Nanoseconds, int OriginalLength, byte[] Data);

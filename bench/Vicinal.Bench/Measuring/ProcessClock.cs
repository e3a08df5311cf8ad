using System.Runtime.InteropServices;

namespace Vicinal.Bench.Measuring;

/// <summary>The CPU time of another process, all its threads together, to the nanosecond; /proc tells it only to 10 ms.</summary>
internal static partial class ProcessClock
{
    /// <summary>NaN when there is no such process.</summary>
    public static double Seconds(int pid) =>
        GetClock(pid, out int clock) == 0 && ClockGetTime(clock, out Timespec now) == 0 ? now.Seconds + (now.Nanoseconds / 1e9) : double.NaN;

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int GetClock(int pid, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out Timespec now);

    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}

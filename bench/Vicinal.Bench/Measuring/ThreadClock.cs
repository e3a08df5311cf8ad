using System.Runtime.InteropServices;

namespace Vicinal.Bench.Measuring;

/// <summary>
/// The CPU time of the calling thread: unlike the wall's it does not run while others have the core, so that a number from a busy
/// machine is off by their cache misses only.
/// </summary>
internal static partial class ThreadClock
{
    // clock_gettime(2): CLOCK_THREAD_CPUTIME_ID.
    private const int ThreadCpuTime = 3;

    public static double Nanoseconds
    {
        get
        {
            _ = ClockGetTime(ThreadCpuTime, out Timespec now);
            return (now.Seconds * 1e9) + now.Nanoseconds;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out Timespec now);

    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}

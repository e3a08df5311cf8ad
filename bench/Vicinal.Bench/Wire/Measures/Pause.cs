using System.Diagnostics;

namespace Vicinal.Bench.Wire.Measures;

/// <summary>
/// What goes on between two round trips. A virtual machine's processors take tens of microseconds to wake up, which is more than most paths: so both are measured.
/// </summary>
internal static class Pause
{
    /// <summary>200 us without giving up the processor.</summary>
    public static void Busy()
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < 200)
        {
            Thread.SpinWait(10);
        }
    }

    /// <summary>5 ms, after which everything sleeps.</summary>
    public static void Idle() => Thread.Sleep(5);
}

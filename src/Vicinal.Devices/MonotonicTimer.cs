using System.Diagnostics;
using Vicinal.Devices.Native;

namespace Vicinal.Devices;

/// <summary>
/// Makes a <see cref="Poller"/> return at a point in time, to the microsecond rather than the millisecond (timerfd). Put <see cref="PollHandle"/> into the
/// poller; nothing here allocates. One thread at a time.
/// </summary>
public sealed unsafe class MonotonicTimer : IDisposable
{
    private readonly Descriptor _timer = Descriptor.Own(
        TimerCalls.Create(TimerCalls.CLOCK_MONOTONIC, TimerCalls.TFD_NONBLOCK | TimerCalls.TFD_CLOEXEC), "timerfd_create");

    /// <summary>Nanoseconds of CLOCK_MONOTONIC, which programs in the kernel read too, and which goes on while the process is stopped.</summary>
    public static long Now => Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency);

    public int PollHandle => _timer.Value;

    /// <summary>The handle is readable from then on; a time that has passed makes it so at once. Takes the place of what was set before.</summary>
    /// <param name="at">As <see cref="Now"/>.</param>
    public void Set(long at)
    {
        // All zero would turn the timer off.
        (long seconds, long rest) = Math.DivRem(Math.Max(at, 1), 1_000_000_000);
        TimerSetting setting = new() { Seconds = seconds, Nanoseconds = rest };
        _ = TimerCalls.Set(_timer.Value, TimerCalls.TFD_TIMER_ABSTIME, &setting, null);
    }

    /// <summary>The calling thread sleeps, whatever else there were to do.</summary>
    /// <param name="until">As <see cref="Now"/>; a time that has passed is no sleep.</param>
    public static void Sleep(long until)
    {
        (long seconds, long rest) = Math.DivRem(Math.Max(until, 0), 1_000_000_000);
        TimePoint point = new() { Seconds = seconds, Nanoseconds = rest };
        while (TimerCalls.Sleep(TimerCalls.CLOCK_MONOTONIC, TimerCalls.TIMER_ABSTIME, &point, null) == Errno.EINTR)
        {
            // A signal, which is no reason to wake up.
        }
    }

    public void Dispose() => _timer.Dispose();
}

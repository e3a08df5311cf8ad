using System.Runtime.InteropServices;

namespace Vicinal.Devices.Native;

/// <summary>timerfd_create(2) and clock_nanosleep(2).</summary>
internal static unsafe partial class TimerCalls
{
    public const int CLOCK_MONOTONIC = 1;
    public const int TFD_NONBLOCK = FileCalls.O_NONBLOCK;
    public const int TFD_CLOEXEC = FileCalls.O_CLOEXEC;
    public const int TFD_TIMER_ABSTIME = 1;
    public const int TIMER_ABSTIME = 1;

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    public static partial int Create(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    public static partial int Set(int fd, int flags, TimerSetting* wanted, TimerSetting* before);

    /// <summary>Returns an errno, and not through errno.</summary>
    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    public static partial int Sleep(int clock, int flags, TimePoint* until, TimePoint* rest);
}

/// <summary>struct timespec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimePoint
{
    public long Seconds;
    public long Nanoseconds;
}

/// <summary>struct itimerspec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimerSetting
{
    public long IntervalSeconds;
    public long IntervalNanoseconds;
    public long Seconds;
    public long Nanoseconds;
}

using Vicinal.Devices.Native;

namespace Vicinal.Devices;

/// <summary>Lets a thread run before all ordinary ones as soon as it has something to do (SCHED_FIFO).</summary>
public static unsafe class RealTimeThread
{
    /// <summary>The calling thread is scheduled so.</summary>
    public static bool IsCurrent => (SchedulerCalls.Get(0) & ~SchedulerCalls.SCHED_RESET_ON_FORK) == SchedulerCalls.SCHED_FIFO;

    /// <summary>Schedules the calling thread so; what it starts is ordinary again. It must sleep most of the time.</summary>
    /// <param name="priority">1 is the lowest, behind the kernel's own threads of that kind.</param>
    /// <returns>Null, or why the system refuses; the thread is then as before.</returns>
    public static string? TryEnter(int priority = 1) =>
        SchedulerCalls.Set(0, SchedulerCalls.SCHED_FIFO | SchedulerCalls.SCHED_RESET_ON_FORK, &priority) == 0
            ? null
            : DeviceException.FromLastError("sched_setscheduler", "CAP_SYS_NICE or a limit of RLIMIT_RTPRIO allows it").Message;
}

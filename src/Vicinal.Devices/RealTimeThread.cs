using Vicinal.Devices.Native;

namespace Vicinal.Devices;

/// <summary>Lets a thread run before all ordinary ones as soon as it has something to do (SCHED_FIFO).</summary>
public static unsafe class RealTimeThread
{
    /// <summary>
    /// In microseconds of processor time without a rest, after which the system ends the process (RLIMIT_RTTIME). A thread that turns in circles would keep
    /// its processor from everybody else; a process that is gone can be started again. Longer than a collection that such a thread has to do itself.
    /// </summary>
    private const ulong LongestTurn = 5_000_000;

    /// <summary>The calling thread is scheduled so.</summary>
    public static bool IsCurrent => (SchedulerCalls.Get(0) & ~SchedulerCalls.SCHED_RESET_ON_FORK) == SchedulerCalls.SCHED_FIFO;

    /// <summary>Schedules the calling thread so; what it starts is ordinary again. It must sleep most of the time.</summary>
    /// <param name="priority">1 is the lowest, behind the kernel's own threads of that kind.</param>
    /// <returns>Null, or why the system refuses; the thread is then as before.</returns>
    public static string? TryEnter(int priority = 1)
    {
        BoundTurns();
        return SchedulerCalls.Set(0, SchedulerCalls.SCHED_FIFO | SchedulerCalls.SCHED_RESET_ON_FORK, &priority) == 0
            ? null
            : DeviceException.FromLastError("sched_setscheduler", "CAP_SYS_NICE or a limit of RLIMIT_RTPRIO allows it").Message;
    }

    /// <summary>Of the whole process, whose other threads it does not concern. Limits that are lower stay.</summary>
    private static void BoundTurns()
    {
        ulong* limits = stackalloc ulong[2];
        if (SchedulerCalls.GetLimit(SchedulerCalls.RLIMIT_RTTIME, limits) == 0)
        {
            limits[0] = Math.Min(limits[0], LongestTurn);
            limits[1] = Math.Min(limits[1], LongestTurn);

            // Lowering a limit needs no privilege.
            _ = SchedulerCalls.SetLimit(SchedulerCalls.RLIMIT_RTTIME, limits);
        }
    }
}

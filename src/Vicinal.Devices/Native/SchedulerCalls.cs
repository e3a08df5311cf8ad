using System.Runtime.InteropServices;

namespace Vicinal.Devices.Native;

/// <summary>sched_setscheduler(2), setpriority(2) and what setrlimit(2) bounds of both.</summary>
internal static unsafe partial class SchedulerCalls
{
    public const int SCHED_FIFO = 1;
    public const int SCHED_RESET_ON_FORK = 0x4000_0000;

    public const int PRIO_PROCESS = 0;

    public const int RLIMIT_RTTIME = 15;

    /// <summary>A thread id of 0 is the calling thread.</summary>
    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    public static partial int Set(int thread, int policy, int* priority);

    [LibraryImport("libc", EntryPoint = "sched_getscheduler", SetLastError = true)]
    public static partial int Get(int thread);

    /// <summary>On Linux the nice value is each thread's own, and <paramref name="who"/> a thread id.</summary>
    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, int who, int nice);

    [LibraryImport("libc", EntryPoint = "getpriority", SetLastError = true)]
    public static partial int GetPriority(int which, int who);

    /// <param name="limits">The soft limit and the hard one.</param>
    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, ulong* limits);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetLimit(int resource, ulong* limits);
}

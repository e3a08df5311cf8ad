using System.Globalization;
using Vicinal.Devices.Native;

namespace Vicinal.Devices;

/// <summary>The share of the processors that this process gets beside others (nice).</summary>
public static class ProcessPriority
{
    /// <summary>Of the calling thread: 0 is ordinary, less is more.</summary>
    public static int Current => SchedulerCalls.GetPriority(SchedulerCalls.PRIO_PROCESS, 0);

    /// <summary>
    /// For all threads that there are, those of the runtime included: a collection that one of them does in its own time holds up all others. Threads that
    /// they start inherit it, and so do processes.
    /// </summary>
    /// <returns>Null, or why the system refuses; nothing has changed then.</returns>
    public static string? TrySet(int nice)
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc/self/task"))
        {
            int thread = int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture);
            if (SchedulerCalls.SetPriority(SchedulerCalls.PRIO_PROCESS, thread, nice) != 0 && Errno.Last != Errno.ESRCH)
            {
                return DeviceException.FromLastError("setpriority", "CAP_SYS_NICE or a limit of RLIMIT_NICE allows it").Message;
            }
        }

        return null;
    }
}

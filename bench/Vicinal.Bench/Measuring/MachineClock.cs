using System.Diagnostics;

namespace Vicinal.Bench.Measuring;

/// <summary>What a load costs the machine: sender, receiver and everything between.</summary>
internal readonly struct MachineClock
{
    /// <summary>USER_HZ, which Linux gives user space as 100 everywhere.</summary>
    private const double TicksPerSecond = 100;

    private readonly long _started;
    private readonly double _idle;
    private readonly double _group;

    private MachineClock(long started, double idle, double group)
    {
        _started = started;
        _idle = idle;
        _group = group;
    }

    public static MachineClock Start() => new(Stopwatch.GetTimestamp(), IdleSeconds(), CpuGroup.Current?.Seconds ?? 0);

    public double ElapsedSeconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>CPU-seconds since the start of all that belongs to the bench, the kernel's work for it included; without a <see cref="CpuGroup"/> the whole machine's.</summary>
    public double BusySeconds => CpuGroup.Current is { } group ? group.Seconds - _group : MachineSeconds;

    /// <summary>
    /// CPU-seconds that the whole machine spent, whoever had them: wall time of all cores less what they idled and what the hypervisor stole. The kernel measures idle
    /// time by the clock and reports it to 10 ms, while user and system time are counted by ticks, which short bursts slip through.
    /// </summary>
    public double MachineSeconds => Math.Max(0, (ElapsedSeconds * Environment.ProcessorCount) - (IdleSeconds() - _idle));

    /// <summary>CPU-seconds a second while the caller sleeps: what daemons need without any load. The least of a few seconds, since work of others comes and goes.</summary>
    public static double Baseline() => Enumerable.Range(0, 3).Min(_ =>
    {
        MachineClock clock = Start();
        Thread.Sleep(1000);
        return clock.BusySeconds / clock.ElapsedSeconds;
    });

    /// <summary>proc(5), /proc/stat: the 4th number is idle, the 5th iowait, the 8th steal.</summary>
    private static double IdleSeconds()
    {
        double[] fields = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(double.Parse)];
        return (fields[3] + fields[4] + fields[7]) / TicksPerSecond;
    }
}

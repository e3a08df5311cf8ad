namespace Vicinal.Bench.Processes;

/// <summary>What the kernel tells about processes and about the machine in /proc.</summary>
internal static class ProcessStatus
{
    /// <summary>USER_HZ, which Linux gives user space as 100 everywhere.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Resident memory in MiB.</summary>
    public static double ResidentMiB(int pid) => File.ReadLines($"/proc/{pid}/status")
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024).First();

    /// <summary>User and system time of all its threads so far.</summary>
    public static double CpuSeconds(int pid)
    {
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11]) + double.Parse(fields[12])) / TicksPerSecond;
    }
}

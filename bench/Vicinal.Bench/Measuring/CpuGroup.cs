namespace Vicinal.Bench.Measuring;

/// <summary>
/// A control group (v2) of the bench and of every process that it starts. Its CPU time is exact to the microsecond, packets' work in the kernel included, since
/// that runs on whoever sent them; and it leaves out what others do on the machine at the same time.
/// </summary>
internal sealed class CpuGroup : IDisposable
{
    private const string Prefix = "vicinal-bench-";

    private static CpuGroup? s_current;

    private readonly string _directory;
    private readonly string _parent;

    /// <summary>What is left of a burst of packets is worked off by these kernel threads, one a core, on nobody's account.</summary>
    private readonly int[] _softIrqThreads;

    private CpuGroup(string parent)
    {
        _parent = parent;
        _directory = Path.Combine(parent, Prefix + Environment.ProcessId);
        _softIrqThreads = [.. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), out int id) ? id : 0)
            .Where(id => id > 0 && NameOf(id).StartsWith("ksoftirqd/", StringComparison.Ordinal))];
    }

    /// <summary>The group that this process is in, if it could make one.</summary>
    public static CpuGroup? Current => s_current;

    public double Seconds => UsageSeconds() + _softIrqThreads.Sum(ProcessClock.Seconds);

    /// <summary>Moves this process into a group of its own; null where the system has no place for one, or does not let us.</summary>
    public static CpuGroup? Enter()
    {
        if (MountPoint() is not { } mount)
        {
            return null;
        }

        try
        {
            Sweep(mount);
            CpuGroup made = new(mount);
            Directory.CreateDirectory(made._directory);
            Join(made._directory);
            _ = made.UsageSeconds();
            return s_current = made;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The processes of the bench have ended before, itself excepted.</summary>
    public void Dispose()
    {
        s_current = null;
        if (Directory.Exists(_directory))
        {
            Join(_parent);
            Remove(_directory);
        }
    }

    private static void Join(string group) => File.WriteAllText(Path.Combine(group, "cgroup.procs"), $"{Environment.ProcessId}");

    /// <summary>Groups of benches that were killed; a kernel directory is removed with the files that it shows.</summary>
    private static void Sweep(string mount)
    {
        foreach (string group in Directory.EnumerateDirectories(mount, Prefix + "*").Where(group => !Directory.Exists("/proc/" + Path.GetFileName(group)[Prefix.Length..])))
        {
            Remove(group);
        }
    }

    /// <summary>Processes that were killed a moment ago may still be in it; one that stays there for good is left to the next bench.</summary>
    private static void Remove(string group)
    {
        for (int tries = 0; tries < 50; tries++)
        {
            try
            {
                Directory.Delete(group);
                return;
            }
            catch (IOException)
            {
                Thread.Sleep(10);
            }
        }
    }

    /// <summary>proc(5), mountinfo: the mount point is the 5th field, the type the one after the dash.</summary>
    private static string? MountPoint() => File.ReadLines("/proc/self/mountinfo")
        .Where(line => line.Contains(" - cgroup2 ", StringComparison.Ordinal)).Select(line => line.Split(' ')[4]).FirstOrDefault();

    private static string NameOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private double UsageSeconds() => double.Parse(
        File.ReadLines(Path.Combine(_directory, "cpu.stat")).First(line => line.StartsWith("usage_usec ", StringComparison.Ordinal)).Split(' ')[1]) / 1e6;
}

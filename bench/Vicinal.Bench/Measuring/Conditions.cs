using System.Runtime.InteropServices;

namespace Vicinal.Bench.Measuring;

/// <summary>What a number was measured under; without it the number says little.</summary>
internal sealed record Conditions(string Kernel, string Processor, int Cores, string Runtime, double LoadBefore, DateTime At)
{
    public static Conditions Now() => new(
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        ProcessorModel(),
        Environment.ProcessorCount,
        RuntimeInformation.FrameworkDescription,
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0]),
        DateTime.UtcNow);

    /// <summary>Runnable tasks over the last minute beyond what the cores can run: others were at work, and times are too long.</summary>
    public bool IsLoaded => LoadBefore > 1.5 * Cores;

    public override string ToString() =>
        $"{At:yyyy-MM-dd HH:mm} UTC, Linux {Kernel}, {Cores} cores ({Processor}), {Runtime}, load average before {LoadBefore:f1}"
        + (IsLoaded ? " (**other work was running on the machine: read ratios, not times**)" : "");

    private static string ProcessorModel() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1] ?? "unknown";
}

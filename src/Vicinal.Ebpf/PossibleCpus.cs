namespace Vicinal.Ebpf;

/// <summary>How many CPUs the kernel is ready for, present or not: as many copies has a per-CPU value.</summary>
internal static class PossibleCpus
{
    public static int Count { get; } = Parse(File.ReadAllText("/sys/devices/system/cpu/possible"));

    /// <summary>Counts a list such as "0-3,8".</summary>
    public static int Parse(string list) => list.Trim().Split(',').Sum(range =>
        range.Split('-') is [var first, var last] ? int.Parse(last) - int.Parse(first) + 1 : 1);
}

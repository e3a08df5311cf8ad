using Vicinal.Bench.Measuring;
using Vicinal.Ebpf;
using Vicinal.Ebpf.Layout;

namespace Vicinal.Bench.FlowMap;

/// <summary>The kernel's map of flows, full: what it takes in memory, and how fast the agent fills, sweeps and empties it.</summary>
internal static class FlowMapBench
{
    private const int Batch = 1000;
    private const int Rounds = 3;

    /// <param name="arguments">The number of flows.</param>
    public static Section Run(string[] arguments)
    {
        int flows = arguments.Length > 0 ? int.Parse(arguments[0]) : 1_000_000;
        Section section = new("The kernel's map of flows");
        section.Line($"{flows:n0} flows in a hash map with the keys ({KernelFlow.KeySize} bytes) and values ({KernelFlow.ValueSize} bytes) of the kernel fast path, of its size and a quarter more;");
        section.Line($"CPU time of the calling thread, medians of {Rounds} rounds. One by one is one system call each, as the agent puts a decision; batches are of {Batch:n0}.");
        section.Line("The sweep reads every entry into the agent's memory, as it does for timeouts and counters. Memory is what the kernel charges the map with, by its fdinfo.");
        section.Line("");
        section.Header("memory of entries", "MiB", "bytes a flow", "new, M/s", "replaced, M/s", "new in batches, M/s", "replaced in batches, M/s", "removed, M/s", "removed in batches, M/s", "sweep of all, ms");
        Measure(section, "as they come (the agent's choice)", flows, BpfMapFlags.NoPreallocation);
        Measure(section, "set aside", flows, BpfMapFlags.None);
        return section;
    }

    private static void Measure(Section section, string what, int flows, BpfMapFlags flags)
    {
        using BpfMap map = BpfMap.Create(new BpfMapDefinition("flows", BpfMapType.Hash, KernelFlow.KeySize, KernelFlow.ValueSize, flows + (flows / 4), flags));
        FlowBatch batch = new(Batch);
        byte[] value = new byte[KernelFlow.ValueSize];
        Samples added = new(), replaced = new(), addedMany = new(), replacedMany = new(), removed = new(), removedMany = new(), swept = new(), memory = new();
        for (int round = 0; round < Rounds; round++)
        {
            added.Add(Seconds(() => batch.Each(flows, key => map.Update(key, value))));
            replaced.Add(Seconds(() => batch.Each(flows, key => map.Update(key, value))));
            memory.Add(MemoryBytes(map));
            swept.Add(Seconds(() => Sweep(map, flows)));
            removed.Add(Seconds(() => batch.Each(flows, key => map.Delete(key))));
            addedMany.Add(Seconds(() => batch.Many(flows, (keys, values) => map.UpdateBatch(keys, values))));
            replacedMany.Add(Seconds(() => batch.Many(flows, (keys, values) => map.UpdateBatch(keys, values))));
            removedMany.Add(Seconds(() => batch.Many(flows, (keys, _) => map.DeleteBatch(keys))));
        }

        section.Row(what, $"{memory.Median / (1 << 20):f0}", $"{memory.Median / flows:f0}", Rate(added), Rate(replaced), Rate(addedMany), Rate(replacedMany), Rate(removed),
            Rate(removedMany), $"{swept.Median * 1000:f0}");

        string Rate(Samples seconds) => $"{flows / seconds.Median / 1e6:f2}";
    }

    private static double Seconds(Action work)
    {
        double before = ThreadClock.Nanoseconds;
        work();
        return (ThreadClock.Nanoseconds - before) / 1e9;
    }

    private static void Sweep(BpfMap map, int flows)
    {
        BpfMapSweep sweep = new(map);
        int seen = 0;
        while (sweep.Next())
        {
            seen += sweep.Count;
        }

        if (seen != flows)
        {
            throw new InvalidOperationException($"the sweep saw {seen} flows of {flows}");
        }
    }

    /// <summary>bpf(2): a map's fdinfo has a line "memlock:" with the bytes that it is charged with.</summary>
    private static double MemoryBytes(BpfMap map) => double.Parse(
        File.ReadLines($"/proc/self/fdinfo/{map.Handle}").First(line => line.StartsWith("memlock:", StringComparison.Ordinal)).Split(':')[1]);
}

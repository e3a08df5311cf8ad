using System.Diagnostics;
using Vicinal.Bench.Measuring;
using Vicinal.Bench.Processes;

namespace Vicinal.Bench.Api;

/// <summary>Port creation through the API with every write durable, listing, and the server's memory as the cloud grows.</summary>
internal static class ApiBench
{
    private const int WarmUp = 1000;

    /// <param name="arguments">Numbers of ports at which to look.</param>
    public static Section Run(string[] arguments)
    {
        Section section = new("API: ports created, every write durable");
        using ServerProcess server = ServerProcess.Start();
        section.Line($"`vicinal server` with SQLite (WAL, synchronous=FULL) on disk, {PortClients.Clients} clients over HTTP on the same cores; the first {WarmUp:n0} creations");
        section.Line($"warm both up and are not counted. A 4 KiB write and fdatasync in the store's directory takes {SyncMicroseconds(server.Directory):f0} us (median).");
        section.Line("Goal: 2,000 creations a second on two cores. OVN 23.03 takes 30.6 s for the ports from 1,000 to 5,000 to settle (131 a second).");
        section.Line("");
        section.Header("ports", "creations/s", "p50 ms", "p99 ms", "max ms", "server CPU us each", "clients CPU us each", "list of 1,000, ms", "server RSS MiB");
        using PortClients clients = new(server.Api);
        clients.CreateUpTo(WarmUp);
        foreach (int ports in arguments.Length > 0 ? arguments.Select(int.Parse) : [2_000, 10_000, 50_000])
        {
            int before = clients.Made;
            double serverCpu = ProcessStatus.CpuSeconds(server.Id);
            double clientCpu = ProcessStatus.CpuSeconds(Environment.ProcessId);
            (double seconds, Samples latencies) = clients.CreateUpTo(ports);
            int made = ports - before;
            serverCpu = ProcessStatus.CpuSeconds(server.Id) - serverCpu;
            clientCpu = ProcessStatus.CpuSeconds(Environment.ProcessId) - clientCpu;
            Samples lists = new();
            for (int i = 0; i < 15; i++)
            {
                lists.Add(clients.List().Milliseconds);
            }

            section.Row(
                $"{ports:n0}", $"{made / seconds:n0}", $"{latencies.Median:f2}", $"{latencies.At(99):f2}", $"{latencies.Max:f1}",
                $"{serverCpu / made * 1e6:f0}", $"{clientCpu / made * 1e6:f0}", $"{lists.Median:f1}", $"{ProcessStatus.ResidentMiB(server.Id):f0}");
        }

        return section;
    }

    /// <summary>What the disk itself takes for a durable write: group commit shares it, and nothing goes below it.</summary>
    private static double SyncMicroseconds(string directory)
    {
        Samples samples = new();
        using FileStream file = new(Path.Combine(directory, "sync"), FileMode.Create, FileAccess.Write, FileShare.None, 1);
        byte[] block = new byte[4096];
        for (int i = 0; i < 50; i++)
        {
            long start = Stopwatch.GetTimestamp();
            file.Write(block);
            file.Flush(flushToDisk: true);
            samples.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        return samples.Median;
    }
}

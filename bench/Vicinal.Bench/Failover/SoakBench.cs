using System.Diagnostics;
using Vicinal.Bench.Measuring;
using Vicinal.Bench.Processes;
using Vicinal.Bench.React;
using Vicinal.Lab.Rest;

namespace Vicinal.Bench.Failover;

/// <summary>Whether a busy machine makes gateway nodes fail that did not: hours with all cores saturated, and how late the gateway threads were meanwhile.</summary>
internal static class SoakBench
{
    private const int DatagramPort = 7812;

    /// <param name="arguments">Minutes.</param>
    public static Section Run(string[] arguments)
    {
        int minutes = arguments.Length > 0 ? int.Parse(arguments[0]) : 60;
        Section section = new("Gateway nodes on saturated cores");
        section.Line($"The cloud of the failover bench for {minutes} minutes, with {2 * Environment.ProcessorCount} endless loops beside it on {Environment.ProcessorCount} cores. A takeover is a false failover: nothing fails.");
        section.Line("A stall is how late a node's gateway thread is at a timer.");
        section.Line("");
        section.Header("node", "timers", "stall p50 ms", "p99 ms", "p99.99 ms", "longest ms", "peers lost by BFD", "false failovers");
        using FailoverLab lab = FailoverLab.Up(Leftovers.LabName("soak"));
        (string active, _) = lab.WaitSettled();
        using DatagramWatch outside = new(lab.Outside, DatagramPort);
        using DatagramStream going = new(lab.Inside, lab.Cloud.Plan.Internet, DatagramPort);
        IReadOnlyList<NodeGateways> before = lab.ReadAll();
        List<Process> loops = [.. Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => Loop())];
        int failovers = 0;
        try
        {
            for (long end = Environment.TickCount64 + (minutes * 60_000L); Environment.TickCount64 < end;)
            {
                Thread.Sleep(500);
                string now = lab.ActiveNow() ?? active;
                failovers += now == active ? 0 : 1;
                active = now;
            }
        }
        finally
        {
            loops.ForEach(End);
        }

        foreach ((NodeGateways first, NodeGateways last) in before.Zip(lab.ReadAll()))
        {
            Report(section, first, last, failovers);
        }

        section.Line("");
        section.Line($"The longest pause of a datagram flow through the gateway meanwhile: {outside.LongestPause:f1} ms. {Conditions.Now()}.");
        return section;
    }

    private static void Report(Section section, NodeGateways first, NodeGateways last, int failovers)
    {
        Dictionary<long, long> before = first.Stalls.ToDictionary(bucket => bucket.End, bucket => bucket.Count);
        (long End, long Count)[] counts = [.. last.Stalls.Select(bucket => (bucket.End, bucket.Count - before.GetValueOrDefault(bucket.End))).Where(bucket => bucket.Item2 > 0)];
        section.Row(last.Node, $"{counts.Sum(bucket => bucket.Count)}", Share(counts, 0.5), Share(counts, 0.99), Share(counts, 0.9999), Share(counts, 1),
            $"{last.Downs - first.Downs}", $"{failovers}");
    }

    /// <summary>Where the bucket ends that the share falls into, which is at most a fifth too much.</summary>
    private static string Share((long End, long Count)[] counts, double share)
    {
        long rank = (long)Math.Ceiling(counts.Sum(bucket => bucket.Count) * share);
        long seen = 0;
        foreach ((long end, long count) in counts)
        {
            seen += count;
            if (seen >= rank)
            {
                return $"{end / 1000.0:f2}";
            }
        }

        return "-";
    }

    private static Process Loop()
    {
        Process loop = Process.Start(new ProcessStartInfo("sh", ["-c", "while :; do :; done"]) { UseShellExecute = false })!;
        Interruption.Undo(() => End(loop));
        return loop;
    }

    private static void End(Process loop)
    {
        if (!loop.HasExited)
        {
            loop.Kill();
            loop.WaitForExit();
        }
    }
}

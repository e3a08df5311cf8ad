using Vicinal.Bench.Measuring;

namespace Vicinal.Bench.Wire;

/// <summary>The rounds as tables: medians, with the least and the most of the rounds behind them.</summary>
internal static class WireTables
{
    public static void Write(Section section, IReadOnlyDictionary<Path, PathSamples> samples)
    {
        Packets(section, samples);
        section.Line("");
        Streams(section, samples);
        section.Line("");
        Connections(section, samples);
    }

    private static void Packets(Section section, IReadOnlyDictionary<Path, PathSamples> samples)
    {
        double floor = samples.FirstOrDefault(entry => entry.Key.Treatment == Treatment.Floor).Value?.PacketNanoseconds.Median ?? double.NaN;
        section.Header("path", "ns of CPU a 64 B packet", "over the veth pair", "the agents'", "packets/s", "lost %", "ping p50 us", "ping p99 us", "p50 from idle us");
        foreach ((Path path, PathSamples s) in samples)
        {
            section.Row(path.What, Spread(s.PacketNanoseconds, "f0"), Number(s.PacketNanoseconds.Median - floor, "f0"), Number(s.PacketAgentNanoseconds.Median, "f0"), Number(s.PacketRate.Median, "n0"),
                Number(s.PacketLoss.Median * 100, "f1"), Spread(s.PingMedian, "f1"), Spread(s.PingTail, "f0"), Number(s.IdlePingMedian.Median, "f1"));
        }
    }

    /// <summary>Tells the reader whether to trust the CPU columns.</summary>
    public static void Check(Section section, IReadOnlyDictionary<Path, PathSamples> samples)
    {
        Samples ratios = new();
        foreach (PathSamples s in samples.Values)
        {
            ratios.Add(s.MachineRatio.Median);
        }

        section.Line($"While packets were measured the machine's idle time tells of {Spread(ratios, "f2")} times the CPU that is counted; more than 1 is work of others.");
    }

    private static void Streams(Section section, IReadOnlyDictionary<Path, PathSamples> samples)
    {
        section.Header("path", "TCP 1 stream Gbit/s", "CPU-s a GB", "TCP 4 streams Gbit/s", "CPU-s a GB");
        foreach ((Path path, PathSamples s) in samples)
        {
            section.Row(path.What, Spread(s.OneStreamRate, "f2"), Spread(s.OneStreamCpu, "f3"), Spread(s.FourStreamsRate, "f2"), Spread(s.FourStreamsCpu, "f3"));
        }
    }

    private static void Connections(Section section, IReadOnlyDictionary<Path, PathSamples> samples)
    {
        section.Header("path", "new connections/s", "unanswered %", "upcalls each, both nodes", "us of the busier agent's CPU each", "new connections/s an agent core", "first round trip p50 us", "p99 us", "the next one p50 us", "first from idle p50 us");
        foreach ((Path path, PathSamples s) in samples)
        {
            section.Row(path.What, Spread(s.ConnectionRate, "n0"), Number(s.ConnectionLoss.Median * 100, "f1"), Number(s.ConnectionUpcalls.Median, "f2"), Spread(s.ConnectionAgentMicroseconds, "f1"),
                Number(1e6 / s.ConnectionAgentMicroseconds.Median, "n0"), Spread(s.FirstMedian, "f1"), Spread(s.FirstTail, "f0"), Number(s.NextMedian.Median, "f1"), Number(s.IdleFirstMedian.Median, "f1"));
        }
    }

    private static string Spread(Samples samples, string format) => double.IsNaN(samples.Median)
        ? "-"
        : samples.Count == 1
            ? samples.Median.ToString(format)
            : $"{samples.Median.ToString(format)} ({samples.Min.ToString(format)}-{samples.Max.ToString(format)})";

    private static string Number(double value, string format) => double.IsNaN(value) ? "-" : value.ToString(format);
}

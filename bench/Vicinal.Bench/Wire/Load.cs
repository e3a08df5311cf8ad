using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Vicinal.Bench.Measuring;
using Vicinal.Bench.Processes;
using Vicinal.Devices.Namespaces;

namespace Vicinal.Bench.Wire;

/// <summary>What one load got through, and what the whole machine spent on it: sender, receiver and everything between.</summary>
internal readonly record struct LoadResult(double Units, double Seconds, double CpuSeconds)
{
    public double PerSecond => Units / Seconds;

    public double PerCpuSecond => Units / CpuSeconds;
}

/// <summary>ping(8) and iperf3(1) along a path.</summary>
internal static partial class Load
{
    private const int Seconds = 2;

    /// <summary>Milliseconds.</summary>
    private const int Patience = 12_000;

    /// <summary>UDP payload of a 64-byte frame, without its FCS.</summary>
    private const int SmallPayload = 22;

    /// <summary>Median round trip in microseconds; NaN when nothing came back.</summary>
    public static double PingMicroseconds(Path path)
    {
        Samples samples = new();
        foreach (Match match in RoundTrip().Matches(Run(path.From, "ping", "-n", "-i", "0.002", "-c", "250", "-W", "1", path.Address)))
        {
            samples.Add(double.Parse(match.Groups[1].ValueSpan) * 1000);
        }

        return samples.Median;
    }

    /// <summary>Gbit of one TCP stream.</summary>
    public static LoadResult Tcp(Path path)
    {
        (JsonNode? end, double cpu) = Iperf(path);
        return end?["sum_received"] is not { } received ? default : new LoadResult((double)received["bytes"]! * 8 / 1e9, (double)received["seconds"]!, cpu);
    }

    /// <summary>64-byte frames that arrived, sent as fast as one sender can.</summary>
    public static LoadResult SmallPackets(Path path)
    {
        (JsonNode? end, double cpu) = Iperf(path, "-u", "-b", "0", "-l", $"{SmallPayload}");
        return end?["sum"] is not { } sum ? default : new LoadResult((double)sum["packets"]! - (double)sum["lost_packets"]!, (double)sum["seconds"]!, cpu);
    }

    private static (JsonNode? End, double CpuSeconds) Iperf(Path path, params string[] options)
    {
        // Bound, since a UDP server of several addresses answers from another one than it was asked at.
        using Process server = Start(path.To, "iperf3", "-s", "-B", path.Address);
        try
        {
            string first = "";
            for (int tries = 0; ; tries++)
            {
                double before = ProcessStatus.MachineCpuSeconds();
                string answer = Run(path.From, "iperf3", ["-c", path.Address, "-t", $"{Seconds}", "-J", "--connect-timeout", "2000", .. options]);
                double cpu = ProcessStatus.MachineCpuSeconds() - before;
                if (TryParse(answer) is { } report && report["error"] is null && report["end"] is { } end && end["sum_received"] is not null)
                {
                    return (end, cpu);
                }

                // The server may not listen yet, or may still be at the last run's end.
                first = tries == 0 || first.Contains("refused", StringComparison.Ordinal) ? answer : first;
                if (tries == 20 || answer.Length == 0)
                {
                    Console.Error.WriteLine($"iperf3 along '{path.What}' {string.Join(' ', options)}: {(first.Length > 0 ? first : "no answer")}");
                    return (null, double.NaN);
                }

                Thread.Sleep(100);
            }
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
        }
    }

    private static JsonNode? TryParse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Run(string networkNamespace, string program, params string[] arguments)
    {
        using Process process = Start(networkNamespace, program, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            // A run whose control connection is stuck has no result, and must not hold up the others.
            process.Kill();
            process.WaitForExit();
        }

        return output.GetAwaiter().GetResult();
    }

    private static Process Start(string networkNamespace, string program, params string[] arguments)
    {
        ProcessStartInfo start = NetworkNamespace.Open(networkNamespace).StartInfo(program, arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }

    [GeneratedRegex(@"time=([0-9.]+) ms")]
    private static partial Regex RoundTrip();
}

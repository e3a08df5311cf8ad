using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vicinal.Bench.Measuring;
using Vicinal.Bench.Processes;

namespace Vicinal.Bench.Wire.Measures;

/// <summary>What TCP got through, and what the whole machine spent on it: sender, receiver and everything between.</summary>
internal readonly record struct BulkResult(double GigabitsPerSecond, double CpuSecondsPerGigabyte);

/// <summary>iperf3(1) along a path.</summary>
internal static class BulkTcp
{
    /// <summary>Null when nothing got through, which is said on stderr.</summary>
    public static BulkResult? Run(Path path, int streams, double seconds, double baseline)
    {
        // Bound, since a server of several addresses may answer from another one than it was asked at.
        using Process server = NamespaceCommand.Start(path.To, "iperf3", "-s", "-B", path.Address);
        try
        {
            string first = "";
            for (int tries = 0; ; tries++)
            {
                MachineClock clock = MachineClock.Start();
                string answer = NamespaceCommand.Run(path.From, "iperf3", "-c", path.Address, "-P", $"{streams}", "-t", $"{seconds:f0}", "-J", "--connect-timeout", "2000");
                double cpu = clock.BusySeconds - (baseline * clock.ElapsedSeconds);
                if (TryParse(answer) is { } report && report["error"] is null && report["end"]?["sum_received"] is { } received)
                {
                    double bytes = (double)received["bytes"]!;
                    return new BulkResult(bytes * 8 / 1e9 / (double)received["seconds"]!, cpu / (bytes / 1e9));
                }

                // The server may not listen yet.
                first = tries == 0 || first.Contains("refused", StringComparison.Ordinal) ? answer : first;
                if (tries == 20 || answer.Length == 0)
                {
                    Console.Error.WriteLine($"iperf3 along '{path.What}': {(first.Length > 0 ? first : "no answer")}");
                    return null;
                }

                Thread.Sleep(50);
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
}

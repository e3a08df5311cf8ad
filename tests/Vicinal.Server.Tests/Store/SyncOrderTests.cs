using System.Globalization;
using System.Text.RegularExpressions;

namespace Vicinal.Server.Tests.Store;

/// <summary>What the kernel saw: strace tells when the log was written, when it was synced and when the caller was answered.</summary>
public sealed partial class SyncOrderTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_acknowledgement_comes_after_the_sync_of_what_it_acknowledges()
    {
        List<SystemCall> calls = await TraceAsync(writers: 1, count: 20);
        bool dirty = false;
        int acknowledged = 0;
        int syncs = 0;
        int writes = 0;
        foreach (SystemCall call in calls)
        {
            if (call.IsLogWrite)
            {
                (dirty, writes) = (true, writes + 1);
            }
            else if (call.IsLogSync)
            {
                (dirty, syncs) = (false, syncs + 1);
            }
            else if (call.IsAcknowledgement)
            {
                acknowledged++;
                dirty.ShouldBeFalse($"acknowledgement {acknowledged} came before the sync");
                syncs.ShouldBeGreaterThanOrEqualTo(acknowledged);
            }
        }

        acknowledged.ShouldBe(20);
        writes.ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task Concurrent_writers_share_syncs()
    {
        List<SystemCall> calls = await TraceAsync(writers: 16, count: 320);
        int syncs = calls.Count(call => call.IsLogSync);
        output.WriteLine($"320 writes of 16 writers took {syncs} syncs");
        calls.Count(call => call.IsAcknowledgement).ShouldBe(320);
        syncs.ShouldBeLessThan(160);
    }

    private static async Task<List<SystemCall>> TraceAsync(int writers, int count)
    {
        using StoreFolder folder = new(onDisk: true);
        string trace = Path.Combine(folder.Folder, "trace");
        string[] strace = ["strace", "-f", "-y", "-s", "16", "-e", "trace=fdatasync,fsync,write,pwrite64", "-o", trace];
        using StoreWriterProcess child = StoreWriterProcess.Start([.. strace, .. StoreWriterProcess.Command(folder.File, writers, count)]);
        (await child.WaitForEndAsync()).Count(line => line.StartsWith("ack ", StringComparison.Ordinal)).ShouldBe(count);
        return Parse(await File.ReadAllLinesAsync(trace));
    }

    /// <summary>A sync counts when it has returned, a write when it begins: both against us. A call that another thread interrupted stands in two lines.</summary>
    private static List<SystemCall> Parse(IEnumerable<string> lines)
    {
        List<SystemCall> calls = [];
        Dictionary<string, string> unfinished = new(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            Match match = Line().Match(line);
            if (!match.Success)
            {
                continue;
            }

            string thread = match.Groups["thread"].Value;
            string call = match.Groups["call"].Value;
            string rest = match.Groups["rest"].Value;
            if (rest.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                unfinished[thread] = rest;
                if (!call.Contains("sync", StringComparison.Ordinal))
                {
                    calls.Add(new SystemCall(call, rest));
                }
            }
            else if (match.Groups["resumed"].Success)
            {
                if (call.Contains("sync", StringComparison.Ordinal) && unfinished.Remove(thread, out string? begun))
                {
                    calls.Add(new SystemCall(call, begun));
                }
            }
            else
            {
                calls.Add(new SystemCall(call, rest));
            }
        }

        return calls;
    }

    [GeneratedRegex(@"^(?<thread>\d+)\s+(?<resumed><\.\.\. )?(?<call>\w+)[ (](?<rest>.*)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Line();

    private sealed record SystemCall(string Name, string Arguments)
    {
        public bool IsLogWrite => Name is "pwrite64" or "write" && OnLog;

        public bool IsLogSync => Name is "fdatasync" or "fsync" && OnLog;

        public bool IsAcknowledgement => Name == "write" && Arguments.Contains("\"ack ", StringComparison.Ordinal);

        private bool OnLog => Arguments.Contains("store.db-wal>", StringComparison.Ordinal);

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}({Arguments}");
    }
}

using Vicinal.Bench.Api;
using Vicinal.Bench.Compile;
using Vicinal.Bench.Failover;
using Vicinal.Bench.FlowMap;
using Vicinal.Bench.Measuring;
using Vicinal.Bench.Memory;
using Vicinal.Bench.Migration;
using Vicinal.Bench.Pipeline;
using Vicinal.Bench.Processes;
using Vicinal.Bench.React;
using Vicinal.Bench.Services;
using Vicinal.Bench.Wire;

// vicinal-bench [--results FILE] [BENCH [ARGUMENT...]]: one bench with its arguments, or all of them. failover --soak MINUTES is one of its own.
Dictionary<string, Func<string[], Section>> benches = new(StringComparer.Ordinal)
{
    ["pipeline"] = PipelineBench.Run,
    ["compile"] = CompileBench.Run,
    ["api"] = ApiBench.Run,
    ["react"] = ReactBench.Run,
    ["datapath"] = WireBench.Run,
    ["flowmap"] = FlowMapBench.Run,
    ["memory"] = MemoryBench.Run,
    ["failover"] = FailoverBench.Run,
    ["migration"] = MigrationBench.Run,
    ["services"] = ServicesBench.Run,
};

// By name only: it takes an hour.
const string Soak = "failover-soak";
List<string> rest = [.. args];
string? results = null;
if (rest.IndexOf("--results") is >= 0 and int at && at + 1 < rest.Count)
{
    results = rest[at + 1];
    rest.RemoveRange(at, 2);
}

if (rest is ["failover", "--soak", ..])
{
    rest = [Soak, .. rest[2..]];
}

string[] chosen = rest.Count > 0 ? [rest[0]] : [.. benches.Keys];
if (chosen is [Soak])
{
    benches[Soak] = SoakBench.Run;
}

if (!benches.ContainsKey(chosen[0]))
{
    Console.Error.WriteLine($"no bench is called {chosen[0]}; there are {string.Join(", ", benches.Keys)}");
    return 2;
}

Leftovers.Sweep();
try
{
    foreach (string name in chosen)
    {
        Section section = benches[name]([.. rest.Skip(1)]);
        if (results is not null)
        {
            ResultsPage.Replace(results, name, section);
        }

        Console.WriteLine();
    }
}
catch (Exception) when (Interruption.IsUnderWay)
{
    // The interruption ends the program when everything is undone.
    Thread.Sleep(Timeout.Infinite);
}

return 0;

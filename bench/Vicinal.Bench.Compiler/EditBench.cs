using System.Diagnostics;
using Vicinal.Compiler;
using Vicinal.Model.Tests.Clouds;

namespace Vicinal.Bench.Compiler;

/// <summary>Repeats one kind of edit on a cloud and prints what the model and the compiler took for each.</summary>
internal sealed class EditBench(SizedCloud sized, ForwardingCompiler compiler)
{
    private const int WarmUp = 100;
    private const int Times = 400;

    /// <returns>The median of the compile times in microseconds.</returns>
    public double Run(string what, Action<int> edit)
    {
        List<double> edits = new(Times);
        List<double> compiles = new(Times);
        int keys = 0;
        int hosts = 0;
        for (int i = 0; i < WarmUp + Times; i++)
        {
            long begun = Stopwatch.GetTimestamp();
            edit(i);
            Step step = sized.Cloud.Publish();
            long edited = Stopwatch.GetTimestamp();
            CompileResult result = compiler.Apply(step.Before, step.After, step.Changes);
            TimeSpan compile = Stopwatch.GetElapsedTime(edited);
            if (i >= WarmUp)
            {
                edits.Add(Stopwatch.GetElapsedTime(begun, edited).TotalMicroseconds);
                compiles.Add(compile.TotalMicroseconds);
                keys = Math.Max(keys, result.Work.RecomputedKeys);
                hosts = Math.Max(hosts, HostsTold(result));
            }
        }

        edits.Sort();
        compiles.Sort();
        Console.WriteLine($"  {what,-29} model {At(edits, 50),6:f1} us (p99 {At(edits, 99),6:f1})   compile {At(compiles, 50),6:f1} us"
            + $" (p99 {At(compiles, 99),6:f1})   at most {keys} keys recomputed, {hosts} hosts told");
        return At(compiles, 50);
    }

    private static int HostsTold(CompileResult result) => result.Rows
        .SelectMany(r => result.After.HostsOf(r.Unit))
        .Concat(result.Subscriptions.Select(static s => s.Host))
        .Distinct()
        .Count();

    private static double At(List<double> sorted, int percentile) => sorted[sorted.Count * percentile / 100];
}

using System.Diagnostics;
using Vicinal.Bench.Measuring;
using Vicinal.Compiler;
using Vicinal.Model.Tests.Clouds;

namespace Vicinal.Bench.Compile;

/// <summary>Repeats one kind of edit on a cloud and tells what the model and the compiler took for each.</summary>
internal sealed class EditBench(SizedCloud sized, ForwardingCompiler compiler, Section section)
{
    private const int WarmUp = 100;
    private const int Times = 400;

    /// <returns>The median of the compile times in microseconds.</returns>
    public double Run(string what, Action<int> edit)
    {
        Samples edits = new();
        Samples compiles = new();
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

        section.Row(
            $"{sized.Ports.Count:n0}", what, $"{edits.Median:f1}", $"{compiles.Median:f1}", $"{compiles.At(99):f1}", $"{keys}", $"{hosts}");
        return compiles.Median;
    }

    private static int HostsTold(CompileResult result) => result.Rows
        .SelectMany(r => result.After.HostsOf(r.Unit))
        .Concat(result.Subscriptions.Select(static s => s.Host))
        .Distinct()
        .Count();
}

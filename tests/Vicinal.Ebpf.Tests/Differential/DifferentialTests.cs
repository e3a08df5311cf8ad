using System.Diagnostics;
using System.Globalization;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>
/// Random packets and random entries through the kernel's programs and through the agent's executor: the same verdict, the same bytes, the same counts.
/// VICINAL_SEED repeats a run, VICINAL_CASES sets its length.
/// </summary>
[Collection(KernelCollection.Name)]
public sealed class DifferentialTests(ITestOutputHelper log) : IDisposable
{
    private static readonly TimeSpan s_budget = TimeSpan.FromSeconds(80);

    private readonly VethPair _pair = new();

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8:ffff::1")]
    public void Programs_do_byte_for_byte_what_the_executor_does(string tunnelAddress)
    {
        int seed = Setting("VICINAL_SEED", Random.Shared.Next());
        int cases = Setting("VICINAL_CASES", 50_000);
        log.WriteLine($"seed {seed}");
        int done = _pair.Near.Run(() => Compare(IpAddress.Parse(tunnelAddress), seed, cases));
        log.WriteLine($"{done} of {cases} cases");
        done.ShouldBe(cases, "the machine was too slow for the budget of time");
    }

    public void Dispose() => _pair.Dispose();

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private int Compare(IpAddress local, int seed, int cases)
    {
        using Comparison comparison = new(local, _pair.LinkIndex, seed);
        Stopwatch clock = Stopwatch.StartNew();
        int done = 0;
        for (; done < cases && clock.Elapsed < s_budget; done++)
        {
            Case next = comparison.Next();
            if (comparison.Difference(next) is not null)
            {
                Case small = Shrinking.Shrink(next, c => comparison.Difference(c) is not null);
                Assert.Fail($"seed {seed}, case {done}:\n{small}\n{comparison.Difference(small)}");
            }
        }

        log.WriteLine(string.Join(", ", comparison.Seen.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key} {s.Value}")));
        comparison.ExpectVariety(done);
        return done;
    }
}

using System.Globalization;
using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Model.Tests.Clouds;

namespace Vicinal.Compiler.Tests.Sequences;

public sealed class RandomEditTests(ITestOutputHelper output)
{
    /// <summary>VICINAL_TEST_SEED repeats one sequence; without it the first seed is new in each run, and printed.</summary>
    private static readonly int? GivenSeed =
        int.TryParse(Environment.GetEnvironmentVariable("VICINAL_TEST_SEED"), CultureInfo.InvariantCulture, out int seed) ? seed : null;

    [Fact]
    public void After_every_random_edit_the_incremental_state_is_the_full_one_forward_and_back()
    {
        int first = GivenSeed ?? Random.Shared.Next(1_000_000_000);
        for (int seed = first; seed < first + (GivenSeed is null ? 5 : 1); seed++)
        {
            output.WriteLine($"VICINAL_TEST_SEED={seed}");
            Run(seed, edits: 200);
        }
    }

    private static void Run(int seed, int edits)
    {
        RandomEdits random = new(seed);
        CheckedCompiler compiler = new();
        List<Step> steps = [];
        try
        {
            for (int i = 0; i < edits; i++)
            {
                steps.Add(random.Next());
                compiler.Apply(steps[^1]);
            }

            compiler.Snapshot.Units.Count().ShouldBeGreaterThan(20, "the universe is too poor to prove anything");
            for (int i = edits - 1; i >= 0; i--)
            {
                compiler.Apply(steps[i].Reversed(compiler.Snapshot.Revision + 1));
            }

            compiler.Snapshot.Units.ShouldBeEmpty();
            compiler.Snapshot.Hosts.ShouldBeEmpty();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}, revision {compiler.Snapshot.Revision}: {e.Message}", e);
        }
    }
}

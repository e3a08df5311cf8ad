using System.Globalization;
using Vicinal.Simulation.Tests.Modes;

namespace Vicinal.Simulation.Tests;

/// <summary>Every mode of routing on random topologies. VICINAL_TEST_SEED repeats one run; without it the first seed is new each time, and printed.</summary>
public sealed class RoutingModeTests(ITestOutputHelper output)
{
    private const int Runs = 25;

    private static readonly int? s_given =
        int.TryParse(Environment.GetEnvironmentVariable("VICINAL_TEST_SEED"), CultureInfo.InvariantCulture, out int seed) ? seed : null;

    [Fact]
    public void Each_flow_touches_the_nodes_of_its_mode_and_one_node_answers_for_each_address()
    {
        int first = s_given ?? Random.Shared.Next(1_000_000_000);
        int flows = 0;
        for (int seed = first; seed < first + (s_given is null ? Runs : 1); seed++)
        {
            ModeProperties properties = new(new ModeCloud(new Random(seed), null));
            properties.Violations().ToList().ShouldBeEmpty($"VICINAL_TEST_SEED={seed}");
            flows += properties.Flows;
        }

        output.WriteLine($"VICINAL_TEST_SEED={first}: {flows} flows");
        flows.ShouldBeGreaterThan(s_given is null ? Runs : 0);
    }

    /// <summary>Were the compiler wrong in one of these ways, a few random topologies would tell.</summary>
    [Fact]
    public void A_wrong_row_of_any_kind_is_noticed()
    {
        const int most = 15;
        int first = s_given ?? Random.Shared.Next(1_000_000_000);
        output.WriteLine($"VICINAL_TEST_SEED={first}");
        foreach (Mutation mutation in Mutation.All)
        {
            string? seen = Enumerable.Range(first, most)
                .Select(seed => new ModeProperties(new ModeCloud(new Random(seed), mutation)).Violations().FirstOrDefault())
                .FirstOrDefault(static violation => violation is not null);
            seen.ShouldNotBeNull($"VICINAL_TEST_SEED={first}: '{mutation.Name}' went unnoticed in {most} topologies");
            output.WriteLine($"{mutation.Name}: {seen}");
        }
    }
}

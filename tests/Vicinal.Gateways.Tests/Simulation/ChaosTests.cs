using System.Globalization;
using Vicinal.Gateways.Leases;

namespace Vicinal.Gateways.Tests.Simulation;

/// <summary>VICINAL_TEST_SEED repeats one run; without it the first seed is new each time, and printed. VICINAL_TEST_RUNS sets how many.</summary>
public sealed class ChaosTests(ITestOutputHelper output)
{
    private static readonly int? s_given =
        int.TryParse(Environment.GetEnvironmentVariable("VICINAL_TEST_SEED"), CultureInfo.InvariantCulture, out int seed) ? seed : null;

    private static readonly int s_runs =
        int.TryParse(Environment.GetEnvironmentVariable("VICINAL_TEST_RUNS"), CultureInfo.InvariantCulture, out int runs) ? runs : 200;

    [Fact]
    public void Whatever_fails_no_two_nodes_serve_one_router_and_peace_heals_everything()
    {
        int first = s_given ?? Random.Shared.Next(1_000_000_000);
        output.WriteLine($"VICINAL_TEST_SEED={first}");
        int last = first + (s_given is null ? s_runs : 1);
        int moves = 0;
        for (int seed = first; seed < last; seed++)
        {
            try
            {
                moves += ChaosRun.Run(seed, LeaseRules.Sound);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"VICINAL_TEST_SEED={seed}: {e.Message}", e);
            }
        }

        output.WriteLine($"{last - first} runs, {moves} moves");

        // Trouble that moves nothing would prove nothing.
        moves.ShouldBeGreaterThan(3 * (last - first));
    }
}

using Vicinal.Gateways.Leases;

namespace Vicinal.Gateways.Tests.Simulation;

/// <summary>A simulation that finds nothing proves nothing: with any one of the rules broken, it must find two nodes that serve one router.</summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. Mutations.Keys];

    private static Dictionary<string, LeaseRules> Mutations => new(StringComparer.Ordinal)
    {
        ["a witness grants right after its start"] = LeaseRules.Sound with { WaitsAfterStart = false },
        ["the lease counts from the answer"] = LeaseRules.Sound with { CountsFromSending = false },
        ["renewals are confirmed to who lost a router"] = LeaseRules.Sound with { RevokesBeforeRenewing = false },
        ["a newer schedule waits for nobody"] = LeaseRules.Sound with { WaitsForOlderSchedule = false },
        ["witnesses count that granted nothing"] = LeaseRules.Sound with { CountsOnlyWhoGranted = false },
        ["others are told before the data path has stopped"] = LeaseRules.Sound with { StopsBeforeTelling = false },
        ["half of the witnesses are a majority"] = LeaseRules.Sound with { MajorityLacks = 1 },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void The_simulation_notices_that(string mutation)
    {
        const int most = 2000;
        for (int seed = 1; seed <= most; seed++)
        {
            try
            {
                ChaosRun.Run(seed, Mutations[mutation]);
            }
            catch (SplitException)
            {
                output.WriteLine($"{mutation}: found in run {seed}");
                return;
            }
        }

        Assert.Fail($"{mutation}: not found in {most} runs");
    }
}

using System.Globalization;

namespace Vicinal.Gateways.Tests.Simulation;

/// <summary>Networks that stay broken in one way: who can serve does, soon, and then nothing moves any more.</summary>
public sealed class LivenessTests(ITestOutputHelper output)
{
    private const int Runs = 150;

    private static readonly int s_first =
        int.TryParse(Environment.GetEnvironmentVariable("VICINAL_TEST_SEED"), CultureInfo.InvariantCulture, out int seed) ? seed : Random.Shared.Next(1_000_000_000);

    [Fact]
    public void Whatever_is_cut_a_gateway_that_reaches_a_majority_of_witnesses_serves_within_a_second()
    {
        output.WriteLine($"VICINAL_TEST_SEED={s_first}");
        int served = 0;
        for (int seed = s_first; seed < s_first + Runs; seed++)
        {
            SimWorld world = Broken(seed, out SimRouter router);
            bool possible = Halves(world).Any(half => half.Count(node => node < 3) >= 2 && half.Any(node => world.Nodes[node].IsUp && router.Nodes.Contains(node)));
            bool serves = world.RunUntil(() => world.ServerOf(router) >= 0, SimWorld.Second);
            served += serves ? 1 : 0;
            if (possible)
            {
                serves.ShouldBeTrue($"VICINAL_TEST_SEED={seed}\n{world.Story}\n{world.Describe()}");
            }
        }

        served.ShouldBeInRange(Runs / 4, Runs - 1, "some are served, and some cannot be");
    }

    [Fact]
    public void What_stays_broken_in_one_way_makes_routers_move_a_few_times_at_most()
    {
        output.WriteLine($"VICINAL_TEST_SEED={s_first}");
        for (int seed = s_first; seed < s_first + 60; seed++)
        {
            Random random = new(seed);
            SimWorld world = new(seed, 5);
            world.Policy = world.Policy with { HoldSeconds = 1 };
            SimRouter router = world.AddRouter(0, 1, 2);
            world.StartAll();
            world.Run(3 * SimWorld.Second);

            // One direction of a few paths, for good; and a node or two whose upstream is silent.
            for (int cuts = random.Next(1, 5); cuts > 0; cuts--)
            {
                world.Links.Cut(random.Next(5), random.Next(5), true);
            }

            world.Nodes[random.Next(3)].Upstream = UpstreamState.Silent;
            world.Nodes[random.Next(3)].Upstream = UpstreamState.Silent;
            foreach (SimNode node in world.Nodes)
            {
                node.ShowHealth();
            }

            world.Run(4 * SimWorld.Second);
            int moves = router.Moves;
            world.Run(30 * SimWorld.Second);
            (router.Moves - moves).ShouldBeLessThanOrEqualTo(2, $"VICINAL_TEST_SEED={seed}\n{world.Story}\n{world.Describe()}");
        }
    }

    /// <summary>Two halves, a crash or two, and nobody serves at first.</summary>
    private static SimWorld Broken(int seed, out SimRouter router)
    {
        Random random = new(seed);
        SimWorld world = new(seed, 6);
        router = world.AddRouter(0, 1, 3);
        world.StartAll();
        world.Run(random.NextInt64(4 * SimWorld.Second));
        bool[] side = [.. world.Nodes.Select(_ => random.Next(2) == 0)];
        foreach (SimNode one in world.Nodes)
        {
            foreach (SimNode other in world.Nodes)
            {
                world.Links.Cut(one.Index, other.Index, side[one.Index] != side[other.Index]);
            }
        }

        world.Note($"cut {string.Join("", side.Select(s => s ? 'a' : 'b'))}");
        int server = world.ServerOf(router);
        if (server >= 0)
        {
            world.Nodes[server].Crash(dataPathToo: true);
        }

        // Witnesses are 0 to 2. A crash among them may leave no majority on either side.
        if (random.Next(3) == 0)
        {
            world.Nodes[random.Next(3)].Crash(dataPathToo: true);
        }

        return world;
    }

    /// <summary>The nodes that are up, by the side that they are on.</summary>
    private static IEnumerable<List<int>> Halves(SimWorld world)
    {
        foreach (SimNode first in world.Nodes)
        {
            yield return [.. world.Nodes.Where(n => n.IsUp && first.IsUp && world.Links.AreJoined(first.Index, n.Index)).Select(n => n.Index)];
        }
    }
}

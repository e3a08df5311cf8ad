namespace Vicinal.Gateways.Tests.Simulation;

public sealed class SplitTests(ITestOutputHelper output)
{
    [Fact]
    public void The_half_without_a_majority_stops_before_the_other_begins_and_both_heal_by_themselves()
    {
        List<double> between = [];
        for (int seed = 1; seed <= 100; seed++)
        {
            SimWorld world = new(seed, 5);
            SimRouter router = world.AddRouter(0, 1);
            world.StartAll();
            world.Run(4 * SimWorld.Second);

            // The active gateway and two computes here; the standby and the third witness there.
            Split(world, [0, 3, 4]);
            world.RunUntil(() => !world.Nodes[0].Serves(router.Id), SimWorld.Second).ShouldBeTrue();
            long stopped = world.Time;
            world.RunUntil(() => world.Nodes[1].Serves(router.Id), SimWorld.Second).ShouldBeTrue();
            between.Add((world.Time - stopped) / 1e6);
            world.Run(SimWorld.Second);
            world.Nodes[0].Serves(router.Id).ShouldBeFalse();
            world.Nodes[2].Follows[router.Id].ShouldBe("n1");

            world.Links.Heal();
            world.Run(500 * SimWorld.Millisecond);
            world.ServerOf(router).ShouldBeGreaterThanOrEqualTo(0);
            world.Nodes.Select(n => n.Follows[router.Id]).Distinct().Count().ShouldBe(1);
        }

        between.Sort();
        output.WriteLine($"between the halves: median {between[50]:f2} ms, least {between[0]:f2} ms, most {between[^1]:f2} ms");
        between[0].ShouldBeGreaterThan(0.5, "the margin");
        between[^1].ShouldBeLessThan(20);
    }

    [Fact]
    public void A_gateway_that_cannot_reach_a_majority_tells_a_standby_that_can()
    {
        SimWorld world = new(3, 5);
        SimRouter router = world.AddRouter(3, 4);
        world.StartAll();
        world.Run(4 * SimWorld.Second);
        world.ServerOf(router).ShouldBe(3);

        // The two gateways see each other all the time; only one sees the witnesses.
        for (int witness = 0; witness < 3; witness++)
        {
            world.Links.Cut(3, witness, true);
        }

        world.RunUntil(() => world.ServerOf(router) == 4, 200 * SimWorld.Millisecond).ShouldBeTrue(world.Describe());
    }

    private static void Split(SimWorld world, int[] side)
    {
        foreach (SimNode one in world.Nodes)
        {
            foreach (SimNode other in world.Nodes)
            {
                world.Links.Cut(one.Index, other.Index, side.Contains(one.Index) != side.Contains(other.Index));
            }
        }
    }
}

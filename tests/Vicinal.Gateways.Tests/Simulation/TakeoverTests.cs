namespace Vicinal.Gateways.Tests.Simulation;

public sealed class TakeoverTests(ITestOutputHelper output)
{
    [Fact]
    public void The_first_of_the_list_serves_and_all_nodes_follow_it()
    {
        SimWorld world = new(1, 5);
        SimRouter router = world.AddRouter(0, 1);
        world.StartAll();
        world.RunUntil(() => world.ServerOf(router) >= 0, SimWorld.Second).ShouldBeTrue();
        output.WriteLine($"served after {world.Time / 1e6} ms\n{world.Story}");
        world.ServerOf(router).ShouldBe(0);
        world.Run(100 * SimWorld.Millisecond);
        world.Nodes.ShouldAllBe(n => n.Follows[router.Id] == "n0");
    }

    [Theory]
    [InlineData(Failure.Crash)]
    [InlineData(Failure.Freeze)]
    [InlineData(Failure.CutOff)]
    public void A_standby_takes_over_within_70_milliseconds(Failure failure)
    {
        const int runs = 200;
        List<double> gaps = [];
        for (int seed = 1; seed <= runs; seed++)
        {
            gaps.Add(Gap(seed, failure) / 1e6);
        }

        gaps.Sort();
        output.WriteLine($"{failure}: median {gaps[runs / 2]:f1} ms, p99 {gaps[(runs * 99 / 100) - 1]:f1} ms, most {gaps[^1]:f1} ms of {runs}");
        gaps[runs / 2].ShouldBeLessThanOrEqualTo(50);
        gaps[(runs * 99 / 100) - 1].ShouldBeLessThanOrEqualTo(70);
    }

    /// <summary>From the failure to the standby's serving; a frozen node's kernel goes on serving for a while, which is no help to who measures from the start.</summary>
    private static long Gap(int seed, Failure failure)
    {
        SimWorld world = new(seed, 5);
        SimRouter router = world.AddRouter(0, 1, 2);
        world.StartAll();
        world.Run((4 * SimWorld.Second) + world.Random.NextInt64(50 * SimWorld.Millisecond));
        world.ServerOf(router).ShouldBe(0);
        long failed = world.Time;
        Fail(world, failure);
        world.RunUntil(() => world.Nodes[1].Serves(router.Id), SimWorld.Second).ShouldBeTrue(world.Story);
        return world.Time - failed;
    }

    private static void Fail(SimWorld world, Failure failure)
    {
        switch (failure)
        {
            case Failure.Crash:
                world.Nodes[0].Crash(dataPathToo: true);
                break;
            case Failure.Freeze:
                world.Nodes[0].Freeze();
                break;
            default:
                for (int other = 1; other < world.Nodes.Count; other++)
                {
                    world.Links.Cut(0, other, true);
                    world.Links.Cut(other, 0, true);
                }

                break;
        }
    }

    public enum Failure
    {
        Crash,
        Freeze,
        CutOff,
    }
}

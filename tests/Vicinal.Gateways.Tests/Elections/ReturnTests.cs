using Vicinal.Gateways.Tests.Simulation;

namespace Vicinal.Gateways.Tests.Elections;

/// <summary>Who comes back, and when it takes its routers back.</summary>
public sealed class ReturnTests
{
    [Fact]
    public void The_better_node_takes_its_router_back_after_the_hold_without_an_outage()
    {
        (SimWorld world, SimRouter router) = Away(holdSeconds: 2, preempt: true);
        world.Start(world.Nodes[0]);
        world.Run(1900 * SimWorld.Millisecond);
        world.ServerOf(router).ShouldBe(1);
        world.RunAndCountGap(router, 3 * SimWorld.Second).ShouldBeLessThan(3 * SimWorld.Millisecond);
        world.ServerOf(router).ShouldBe(0);
    }

    [Fact]
    public void Without_preemption_it_does_not()
    {
        (SimWorld world, SimRouter router) = Away(holdSeconds: 1, preempt: false);
        world.Start(world.Nodes[0]);
        world.Run(10 * SimWorld.Second);
        world.ServerOf(router).ShouldBe(1);
    }

    [Fact]
    public void A_node_that_breaks_again_and_again_waits_longer_each_time()
    {
        (SimWorld world, SimRouter router) = Away(holdSeconds: 1, preempt: true);
        List<double> away = [];
        for (int i = 0; i < 5; i++)
        {
            world.Start(world.Nodes[0]);
            long from = world.Time;
            world.RunUntil(() => world.Nodes[0].Serves(router.Id), 60 * SimWorld.Second).ShouldBeTrue();
            away.Add((world.Time - from) / 1e9);
            world.Run(100 * SimWorld.Millisecond);
            world.Nodes[0].Crash(dataPathToo: true);
            world.RunUntil(() => world.Nodes[1].Serves(router.Id), SimWorld.Second).ShouldBeTrue();
        }

        away[^1].ShouldBeGreaterThan(7, string.Join(", ", away));
        away.ShouldBe(away.Order());
    }

    [Fact]
    public void A_node_that_comes_attracts_nothing_before_it_is_programmed()
    {
        (SimWorld world, SimRouter router) = Away(holdSeconds: 0, preempt: true);
        world.Nodes[0].IsReady = false;
        world.Start(world.Nodes[0]);
        world.Run(5 * SimWorld.Second);
        world.ServerOf(router).ShouldBe(1);
        world.Nodes[0].IsReady = true;
        world.Nodes[0].ShowHealth();
        world.Run(3 * SimWorld.Second);
        world.ServerOf(router).ShouldBe(0);
    }

    [Fact]
    public void It_is_not_locked_out_by_being_told_many_times_at_once_what_it_lost()
    {
        SimWorld world = new(5, 5);
        world.Policy = world.Policy with { HoldSeconds = 1, Preempt = true };
        SimRouter router = world.AddRouter(0, 1);
        world.StartAll();
        world.Run(3 * SimWorld.Second);
        Cut(world, 0, cut: true);
        world.Run(200 * SimWorld.Millisecond);
        world.ServerOf(router).ShouldBe(1);

        // What it sends meanwhile waits for both witnesses, as it does where neighbours have to be found first, and comes at once.
        Cut(world, 0, cut: false);
        world.Nodes[1].Freeze();
        world.Nodes[2].Freeze();
        world.Run(25 * SimWorld.Millisecond);
        world.Nodes[1].Thaw();
        world.Nodes[2].Thaw();
        int before = world.Datagrams;
        world.Run(500 * SimWorld.Millisecond);
        (world.Datagrams - before).ShouldBeLessThan(3000, "and nobody answers answers");
        world.RunUntil(() => world.Nodes[0].Serves(router.Id), 5 * SimWorld.Second).ShouldBeTrue();
        world.Run(5 * SimWorld.Second);
        world.ServerOf(router).ShouldBe(0, "it stays there");
    }

    [Fact]
    public void It_waits_for_the_connections_too()
    {
        (SimWorld world, SimRouter router) = Away(holdSeconds: 0, preempt: true);
        world.WithholdReplicas(0);
        world.Start(world.Nodes[0]);
        world.Run(5 * SimWorld.Second);
        world.ServerOf(router).ShouldBe(1);
    }

    private static void Cut(SimWorld world, int node, bool cut)
    {
        for (int other = 0; other < world.Nodes.Count; other++)
        {
            world.Links.Cut(node, other, cut);
            world.Links.Cut(other, node, cut);
        }
    }

    private static (SimWorld World, SimRouter Router) Away(int holdSeconds, bool preempt)
    {
        SimWorld world = new(5, 5);
        world.Policy = world.Policy with { HoldSeconds = holdSeconds, Preempt = preempt };
        SimRouter router = world.AddRouter(0, 1);
        world.StartAll();
        world.Run(3 * SimWorld.Second);
        world.Nodes[0].Crash(dataPathToo: true);
        world.Run(100 * SimWorld.Millisecond);
        world.ServerOf(router).ShouldBe(1);
        return (world, router);
    }
}

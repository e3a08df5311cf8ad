using Vicinal.Gateways.Tests.Simulation;

namespace Vicinal.Gateways.Tests.Elections;

public sealed class HandoverTests
{
    private readonly ITestOutputHelper _output;
    private readonly SimWorld _world = new(3, 5);
    private readonly SimRouter _router;

    public HandoverTests(ITestOutputHelper output)
    {
        _output = output;
        _world.Policy = _world.Policy with { Preempt = false };
        _router = _world.AddRouter(0, 1, 2);
        _world.StartAll();
        _world.Run(3 * SimWorld.Second);
        _world.ServerOf(_router).ShouldBe(0);
    }

    [Fact]
    public void A_gateway_whose_link_is_down_hands_over_within_milliseconds()
    {
        _world.Nodes[0].HasLink = false;
        _world.Nodes[0].ShowHealth();
        long gap = _world.RunAndCountGap(_router, 100 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(1);
        _output.WriteLine($"gap {gap / 1e6} ms");
        gap.ShouldBeLessThan(3 * SimWorld.Millisecond);
    }

    [Fact]
    public void A_gateway_that_leaves_hands_over_and_knows_when_it_may_go()
    {
        _world.Nodes[0].Election!.HasLeft.ShouldBeFalse();
        _world.Nodes[0].Leave();
        long gap = _world.RunAndCountGap(_router, 50 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(1);
        _world.Nodes[0].Election!.HasLeft.ShouldBeTrue();
        gap.ShouldBeLessThan(3 * SimWorld.Millisecond);
    }

    [Fact]
    public void A_gateway_whose_data_path_stands_still_is_replaced()
    {
        _world.Nodes[0].IsReady = false;
        _world.Nodes[0].ShowHealth();
        _world.Run(50 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(1);
    }

    [Fact]
    public void A_silent_upstream_moves_the_router_only_to_where_it_answers()
    {
        Upstream(0, UpstreamState.Silent);
        Upstream(1, UpstreamState.Silent);
        Upstream(2, UpstreamState.Answers);
        _world.Run(100 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(2);
    }

    [Fact]
    public void Where_no_upstream_answers_nothing_moves()
    {
        foreach (int node in (int[])[0, 1, 2])
        {
            Upstream(node, UpstreamState.Silent);
        }

        int moves = _router.Moves;
        _world.Run(5 * SimWorld.Second);
        _world.ServerOf(_router).ShouldBe(0);
        _router.Moves.ShouldBe(moves);
    }

    [Fact]
    public void A_standby_that_was_silent_lately_does_not_get_a_router_for_a_silent_upstream()
    {
        _world.Policy = _world.Policy with { HoldSeconds = 1 };
        _world.TellRows();
        _world.Run(10 * SimWorld.Millisecond);
        Upstream(2, UpstreamState.Silent);
        Upstream(1, UpstreamState.Silent);
        _world.Run(100 * SimWorld.Millisecond);
        Upstream(1, UpstreamState.Answers);
        _world.Run(10 * SimWorld.Millisecond);
        Upstream(0, UpstreamState.Silent);
        _world.Run(500 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(0);
        _world.Run(2 * SimWorld.Second);
        _world.ServerOf(_router).ShouldBe(1, "it has been well for long enough now");
    }

    [Fact]
    public void A_router_goes_to_the_nodes_that_the_server_chooses_without_an_outage()
    {
        _router.Nodes.Clear();
        _router.Nodes.AddRange([1, 2]);
        _router.Schedule++;
        _world.TellRows(20 * SimWorld.Millisecond);
        long gap = _world.RunAndCountGap(_router, 500 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(1);
        _output.WriteLine($"gap {gap / 1e6} ms");
        gap.ShouldBeLessThan(3 * SimWorld.Millisecond);
    }

    [Fact]
    public void A_router_whose_node_is_still_chosen_stays_there_under_the_new_schedule()
    {
        _router.Nodes.Clear();
        _router.Nodes.AddRange([2, 0]);
        _router.Schedule++;
        _world.TellRows(20 * SimWorld.Millisecond);
        _world.RunAndCountGap(_router, 500 * SimWorld.Millisecond).ShouldBe(0);
        _world.ServerOf(_router).ShouldBe(0);
        _world.Nodes[0].View(_router.Id)!.Value.Epoch.Schedule.ShouldBe(2U);
    }

    [Fact]
    public void A_router_is_taken_from_a_node_that_has_not_heard_that_it_is_not_chosen_any_more()
    {
        _router.Nodes.Clear();
        _router.Nodes.AddRange([1, 2]);
        _router.Schedule++;
        foreach (int node in (int[])[1, 2, 3, 4])
        {
            _world.Nodes[node].ApplyRows([.. SimWorld.RowsOf(_router)]);
        }

        _world.Run(SimWorld.Second);
        _world.ServerOf(_router).ShouldBe(1);
    }

    [Fact]
    public void A_successor_that_dies_at_once_is_followed_by_the_next()
    {
        _world.Nodes[0].Leave();
        _world.RunUntil(() => _world.ServerOf(_router) != 0, 100 * SimWorld.Millisecond).ShouldBeTrue();
        _world.Nodes[1].Crash(dataPathToo: true);
        _world.Run(700 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(2, _world.Describe());
    }

    [Fact]
    public void A_node_without_the_connections_is_handed_nothing_while_one_that_has_them_waits()
    {
        _world.WithholdReplicas(1);
        _world.Nodes[1].Crash(dataPathToo: true);
        _world.Run(100 * SimWorld.Millisecond);
        _world.Start(_world.Nodes[1]);
        _world.Run(3 * SimWorld.Second);
        _world.Nodes[0].Crash(dataPathToo: true);
        _world.Run(100 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(2);
    }

    private void Upstream(int node, UpstreamState state)
    {
        _world.Nodes[node].Upstream = state;
        _world.Nodes[node].ShowHealth();
    }
}

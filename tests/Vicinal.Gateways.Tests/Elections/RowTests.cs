using Vicinal.Forwarding;
using Vicinal.Gateways.Tests.Simulation;

namespace Vicinal.Gateways.Tests.Elections;

/// <summary>Routers that rows alone decide about, and the ways between that and a lease.</summary>
public sealed class RowTests
{
    private readonly SimWorld _world = new(11, 5);
    private readonly SimRouter _router;

    public RowTests() => _router = _world.AddRouter(0);

    [Fact]
    public void Without_a_policy_the_first_node_serves_and_nothing_is_said()
    {
        _router.Nodes.Add(1);
        _world.HasPolicy = false;
        _world.StartAll();
        _world.Run(SimWorld.Second);
        Serves(0);
        _world.Datagrams.ShouldBe(0);
    }

    [Fact]
    public void A_router_without_a_lease_is_served_at_once_and_without_witnesses()
    {
        _router.Lease = GatewayLease.None;
        CutOff(0);
        _world.StartAll();
        _world.Run(10 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(0);
        _world.Run(60 * SimWorld.Second);
        Serves(0);
    }

    [Fact]
    public void Without_a_lease_another_row_moves_it()
    {
        // As with a floating IP: both may serve for as long as the row is on its way to the first.
        _world.AllowsTwo = true;
        _router.Lease = GatewayLease.None;
        _world.StartAll();
        _world.Run(SimWorld.Second);
        Reschedule(GatewayLease.None, 2);
        Serves(2);
    }

    [Fact]
    public void Without_a_lease_a_claim_that_comes_before_the_row_does_not_bring_the_router_back()
    {
        _world.AllowsTwo = true;
        _router.Lease = GatewayLease.None;
        _world.StartAll();
        _world.Run(SimWorld.Second);
        _router.Nodes[0] = 2;
        _router.Schedule++;
        _world.Nodes[2].ApplyRows([.. SimWorld.RowsOf(_router)]);
        _world.Run(100 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(2, "the first has heard of it");
        _world.TellRows();
        _world.Run(10 * SimWorld.Second);
        Serves(2);
    }

    [Fact]
    public void When_a_standby_is_added_the_node_that_served_goes_on_under_a_lease()
    {
        _router.Lease = GatewayLease.None;
        _world.StartAll();
        _world.Run(SimWorld.Second);
        long gap = Reschedule(GatewayLease.Short, 1, 0);
        Serves(0);
        gap.ShouldBeLessThan(3 * SimWorld.Millisecond);
        _world.Run(4 * SimWorld.Second);
        _world.Nodes[0].Crash(dataPathToo: true);
        _world.Run(100 * SimWorld.Millisecond);
        Serves(1);
    }

    [Fact]
    public void When_one_node_is_left_and_it_serves_it_goes_on_without_a_lease()
    {
        _router.Nodes.Add(1);
        _world.StartAll();
        _world.Run(SimWorld.Second);
        Reschedule(GatewayLease.None, 0).ShouldBe(0);
        CutOff(0);
        _world.Run(10 * SimWorld.Second);
        _world.ServerOf(_router).ShouldBe(0);
    }

    [Fact]
    public void When_one_node_is_left_and_another_serves_that_one_hands_over()
    {
        _router.Nodes.Add(1);
        _world.StartAll();
        _world.Run(SimWorld.Second);
        Reschedule(GatewayLease.None, 1).ShouldBeLessThan(3 * SimWorld.Millisecond);
        Serves(1);
    }

    [Fact]
    public void A_single_node_under_a_long_lease_outlives_the_loss_of_its_witnesses_for_half_a_minute()
    {
        _router.Lease = GatewayLease.Long;
        _world.StartAll();
        _world.Run(40 * SimWorld.Second);
        Serves(0);
        CutOff(0);
        _world.Run(28 * SimWorld.Second);
        _world.ServerOf(_router).ShouldBe(0);
        _world.Run(3 * SimWorld.Second);
        _world.ServerOf(_router).ShouldBe(-1);
        _world.Links.Heal();
        _world.Run(2 * SimWorld.Second);
        _world.ServerOf(_router).ShouldBe(0, "nobody took over, so it goes on");
    }

    [Fact]
    public void A_router_of_a_dead_node_that_is_scheduled_anew_moves_when_the_long_lease_is_over()
    {
        _router.Lease = GatewayLease.Long;
        _world.StartAll();
        _world.Run(40 * SimWorld.Second);
        _world.Nodes[0].Crash(dataPathToo: true);
        _world.Run(10 * SimWorld.Second);
        Reschedule(GatewayLease.Long, 1);
        _world.ServerOf(_router).ShouldBe(-1);
        _world.Run(21 * SimWorld.Second);
        Serves(1);
    }

    [Fact]
    public void A_single_node_under_a_long_lease_that_starts_anew_serves_at_once()
    {
        _router.Lease = GatewayLease.Long;
        _world.StartAll();
        _world.Run(40 * SimWorld.Second);
        _world.Nodes[0].Crash(dataPathToo: true);
        _world.Start(_world.Nodes[0]);
        _world.Run(300 * SimWorld.Millisecond);
        Serves(0);
    }

    [Fact]
    public void Nobody_serves_a_router_whose_row_is_gone_or_that_has_no_nodes()
    {
        _router.Nodes.Add(1);
        _world.StartAll();
        _world.Run(SimWorld.Second);
        Reschedule(GatewayLease.Short);
        _world.ServerOf(_router).ShouldBe(-1);
        Reschedule(GatewayLease.Short, 1, 2);
        Serves(1);
        RowKey key = new(RowKind.Router, _router.Id);
        foreach (SimNode node in _world.Nodes)
        {
            node.ApplyRows([new RowChange(UnitId.Router(_router.Id), key, null)]);
        }

        _world.Run(100 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(-1);
    }

    [Fact]
    public void A_node_that_learns_of_a_router_later_is_told_who_serves_it()
    {
        _router.Nodes.Add(1);
        _world.Unaware.Add(4);
        _world.StartAll();
        _world.Run(SimWorld.Second);
        _world.Nodes[4].Follows.ShouldNotContainKey(_router.Id);
        _world.Unaware.Clear();
        _world.Nodes[4].ApplyRows([.. _world.RowsFor(4)]);
        _world.Run(SimWorld.Millisecond);
        _world.Nodes[4].Follows[_router.Id].ShouldBe("n0");
    }

    /// <summary>Returns for how long nobody served.</summary>
    private long Reschedule(GatewayLease lease, params int[] nodes)
    {
        _router.Nodes.Clear();
        _router.Nodes.AddRange(nodes);
        _router.Lease = lease;
        _router.Schedule++;
        _world.TellRows();
        return _world.RunAndCountGap(_router, 500 * SimWorld.Millisecond);
    }

    private void Serves(int node)
    {
        _world.ServerOf(_router).ShouldBe(node, _world.Describe());
        _world.Nodes.ShouldAllBe(n => n.Election == null || n.Follows[_router.Id] == SimWorld.NameOf(node), _world.Describe());
    }

    private void CutOff(int node)
    {
        for (int other = 0; other < _world.Nodes.Count; other++)
        {
            _world.Links.Cut(node, other, true);
            _world.Links.Cut(other, node, true);
        }
    }
}

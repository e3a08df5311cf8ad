using Vicinal.Gateways.Tests.Simulation;

namespace Vicinal.Gateways.Tests.Elections;

/// <summary>Nodes that stand still for a while: their own clock tells them, and others need not suffer for it.</summary>
public sealed class StallTests
{
    private readonly SimWorld _world = new(9, 5);
    private readonly SimRouter _router;

    public StallTests()
    {
        _router = _world.AddRouter(0, 1);
        _world.StartAll();
        _world.Run(4 * SimWorld.Second);
    }

    [Fact]
    public void A_node_that_thaws_serves_nothing()
    {
        _world.Nodes[0].Freeze();
        _world.Run(200 * SimWorld.Millisecond);
        _world.ServerOf(_router).ShouldBe(1);
        _world.Nodes[0].Thaw();

        // Two that serve would end the run.
        _world.Run(300 * SimWorld.Millisecond);
        _world.Nodes[0].Serves(_router.Id).ShouldBeFalse();
        _world.Nodes[0].Follows[_router.Id].ShouldBe("n1");
    }

    [Fact]
    public void A_frozen_node_stops_by_itself_before_the_next_begins()
    {
        _world.Nodes[0].Freeze();
        _world.RunUntil(() => _world.Nodes[1].Serves(_router.Id), SimWorld.Second).ShouldBeTrue();
        _world.Nodes[0].Serves(_router.Id).ShouldBeFalse();
    }

    [Fact]
    public void A_standby_that_stands_still_does_not_take_over_when_it_goes_on()
    {
        for (int i = 0; i < 20; i++)
        {
            _world.Nodes[1].Freeze();
            _world.Run(200 * SimWorld.Millisecond);
            _world.Nodes[1].Thaw();
            _world.Run(50 * SimWorld.Millisecond);
        }

        _world.ServerOf(_router).ShouldBe(0);
        _router.Moves.ShouldBe(1);
        _world.Nodes[0].View(_router.Id)!.Value.Epoch.ShouldBe(new Epoch(1, 1), "nobody even asked");
    }

    [Theory]
    [InlineData(12)]
    [InlineData(29)]
    public void Stalls_as_long_as_measured_on_a_busy_machine_move_nothing(int milliseconds)
    {
        long gap = 0;
        for (int i = 0; i < 200; i++)
        {
            _world.Nodes[0].Freeze();
            gap += _world.RunAndCountGap(_router, milliseconds * SimWorld.Millisecond);
            _world.Nodes[0].Thaw();
            gap += _world.RunAndCountGap(_router, _world.Random.Next(10, 60) * SimWorld.Millisecond);
        }

        _router.Moves.ShouldBe(1);
        gap.ShouldBe(0);
    }
}

using Vicinal.Protocol.Mirror;

namespace Vicinal.Protocol.Tests.Mirror;

public sealed class LinkStateTests
{
    [Fact]
    public void Servers_are_tried_in_turn_and_the_wait_doubles_with_each_round()
    {
        LinkState state = new(3, new LinkBackoff(First: 100, Most: 1000));
        state.Server.ShouldBe(0);
        List<(int Wait, int Server)> tries = [];
        for (int i = 0; i < 15; i++)
        {
            tries.Add((state.Lost(chance: 1), state.Server));
        }

        tries.Select(t => t.Server).ShouldBe([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
        tries.Select(t => t.Wait).ShouldBe([100, 100, 100, 200, 200, 200, 400, 400, 400, 800, 800, 800, 1000, 1000, 1000]);
    }

    [Fact]
    public void A_server_that_served_is_tried_again_first_and_soon()
    {
        LinkState state = new(2, new LinkBackoff(First: 100, Most: 1000));
        for (int i = 0; i < 6; i++)
        {
            state.Lost(1);
        }

        state.Server.ShouldBe(1);
        state.Served();
        state.Lost(1).ShouldBe(100);
        state.Server.ShouldBe(1);
        state.Lost(1);
        state.Server.ShouldBe(0);
    }

    [Fact]
    public void Chance_spreads_the_waits_of_many_agents()
    {
        new LinkState(1, new LinkBackoff(First: 100, Most: 1000)).Lost(0).ShouldBe(50);
        new LinkState(1, new LinkBackoff(First: 100, Most: 1000)).Lost(0.5).ShouldBe(75);
    }

    [Fact]
    public void The_wait_stays_bounded_however_long_servers_are_away()
    {
        LinkState state = new(1, new LinkBackoff(First: 100, Most: 1000));
        for (int i = 0; i < 10_000; i++)
        {
            state.Lost(0.99).ShouldBeInRange(50, 1000);
        }
    }
}

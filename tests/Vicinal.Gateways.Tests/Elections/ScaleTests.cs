using Vicinal.Gateways.Elections;
using Vicinal.Gateways.Tests.Simulation;

namespace Vicinal.Gateways.Tests.Elections;

public sealed class ScaleTests(ITestOutputHelper output)
{
    [Fact]
    public void A_thousand_routers_move_together_and_each_message_fits_into_a_datagram()
    {
        SimWorld world = new(1, 6);
        for (int i = 0; i < 1000; i++)
        {
            world.AddRouter(0, 1);
        }

        world.StartAll();
        world.Run(4 * SimWorld.Second);
        world.Routers.ShouldAllBe(r => world.ServerOf(r) == 0);
        long crashed = world.Time;
        world.Nodes[0].Crash(dataPathToo: true);
        world.RunUntil(() => world.Nodes[1].Election!.HeldCount == 1000, SimWorld.Second).ShouldBeTrue();
        output.WriteLine($"1000 routers after {(world.Time - crashed) / 1e6:f1} ms");
        (world.Time - crashed).ShouldBeLessThan(80 * SimWorld.Millisecond);
        world.Run(100 * SimWorld.Millisecond);
        world.Nodes.Skip(1).ShouldAllBe(n => n.Follows.Count == 1000 && n.Follows.Values.All(host => host == "n1"));
        world.LargestDatagram.ShouldBeInRange(1100, OutgoingMessage.MaxSize);
    }

    [Fact]
    public void Renewals_cost_the_same_whatever_the_number_of_routers()
    {
        DatagramsInASecond(300).ShouldBeInRange(DatagramsInASecond(1) - 40, DatagramsInASecond(1) + 40);
    }

    private static int DatagramsInASecond(int routers)
    {
        SimWorld world = new(1, 6);
        for (int i = 0; i < routers; i++)
        {
            world.AddRouter(0, 1);
        }

        world.StartAll();
        world.Run(4 * SimWorld.Second);
        int before = world.Datagrams;
        world.Run(SimWorld.Second);
        return world.Datagrams - before;
    }
}

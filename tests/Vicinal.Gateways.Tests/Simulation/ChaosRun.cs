using Vicinal.Gateways.Leases;

namespace Vicinal.Gateways.Tests.Simulation;

/// <summary>One cloud of random shape, two seconds of everything that can go wrong, and peace after it.</summary>
internal static class ChaosRun
{
    /// <summary>Returns how often routers moved.</summary>
    public static int Run(int seed, LeaseRules rules)
    {
        Random random = new(seed);
        SimWorld world = new(seed, random.Next(3, 7), rules) { Gateways = random.Next(2, 4) };
        world.Policy = world.Policy with { HoldSeconds = random.Next(2), Preempt = random.Next(4) != 0 };
        for (int routers = random.Next(1, 4); routers > 0; routers--)
        {
            int[] nodes = [.. Enumerable.Range(0, world.Gateways)];
            random.Shuffle(nodes);
            world.AddRouter(nodes);
        }

        world.StartAll();
        world.Run(random.NextInt64(2 * SimWorld.Second));
        Chaos.Everything(world).Rage(2 * SimWorld.Second);
        int moves = world.Routers.Sum(r => r.Moves);
        if (!world.RunUntil(() => IsHealed(world), 8 * SimWorld.Second))
        {
            throw new InvalidOperationException($"not healed\n{world.Story}\n{world.Describe()}");
        }

        return moves;
    }

    /// <summary>One node serves each router, it is one of those the server chose, and all nodes follow it.</summary>
    private static bool IsHealed(SimWorld world) => world.Routers.All(router =>
        world.ServerOf(router) is var server and >= 0 && router.Nodes.Contains(server)
        && world.Nodes.All(node => node.Follows.GetValueOrDefault(router.Id) == SimWorld.NameOf(server)));
}

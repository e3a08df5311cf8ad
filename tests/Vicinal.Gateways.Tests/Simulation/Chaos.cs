namespace Vicinal.Gateways.Tests.Simulation;

/// <summary>What can go wrong with nodes and the network between them, at random and at once.</summary>
internal sealed class Chaos(SimWorld world)
{
    private readonly Random _random = world.Random;

    /// <summary>Which kinds of trouble there are; all of them unless a test is after one.</summary>
    public IReadOnlyList<Action> Troubles { get; init; } = [];

    public static Chaos Everything(SimWorld world)
    {
        Chaos chaos = new(world);
        return new Chaos(world)
        {
            Troubles =
            [
                chaos.Partition, chaos.Partition, chaos.CutOneWay, chaos.Weather, chaos.Freeze, chaos.Freeze, chaos.Crash, chaos.Crash, chaos.Restart,
                chaos.FlapHealth, chaos.Reschedule, chaos.LoseLink,
            ],
        };
    }

    /// <summary>Makes trouble for so long, and ends it.</summary>
    public void Rage(long duration)
    {
        long end = world.Time + duration;
        world.IsCalm = false;
        while (world.Time < end)
        {
            Troubles[_random.Next(Troubles.Count)]();
            world.Run(_random.NextInt64(_random.Next(3) == 0 ? 5 * SimWorld.Millisecond : 150 * SimWorld.Millisecond));
        }

        world.Note("peace");
        world.IsCalm = true;
        world.Links.Heal();
        foreach (SimNode node in world.Nodes)
        {
            node.Thaw();
            node.HasLink = true;
            node.IsReady = true;
            node.Upstream = UpstreamState.Answers;
            if (node.Election is null)
            {
                world.Start(node);
            }

            node.ShowHealth();
            node.ApplyRows([.. world.RowsFor(node.Index)]);
        }
    }

    public void Partition()
    {
        bool[] side = [.. world.Nodes.Select(_ => _random.Next(2) == 0)];
        world.Note($"partition {string.Join("", side.Select(s => s ? 'a' : 'b'))}");
        foreach (SimNode one in world.Nodes)
        {
            foreach (SimNode other in world.Nodes)
            {
                world.Links.Cut(one.Index, other.Index, side[one.Index] != side[other.Index]);
            }
        }

        if (_random.Next(2) == 0)
        {
            world.After(Pause(300), world.Links.Heal);
        }
    }

    public void CutOneWay()
    {
        (int from, int to) = (_random.Next(world.Nodes.Count), _random.Next(world.Nodes.Count));
        world.Note($"cut {from} -> {to}");
        world.Links.Cut(from, to, true);
        world.After(Pause(400), () => world.Links.Cut(from, to, false));
    }

    public void Weather()
    {
        world.Links.Loss = _random.NextDouble() * 0.4;
        world.Links.Duplicates = _random.NextDouble() * 0.2;
        world.Links.Stragglers = _random.NextDouble() * 0.2;
        world.Note($"loss {world.Links.Loss:f2}");
        world.After(Pause(300), () => world.Links.Loss = 0);
    }

    public void Freeze()
    {
        SimNode node = Pick();
        long length = Pause(_random.Next(4) == 0 ? 1500 : 100);
        world.Note($"freeze {node.Index} for {length / 1e6:f1} ms");
        node.Freeze();
        int life = node.Life;
        world.After(length, () =>
        {
            if (node.Life == life)
            {
                world.Note($"thaw {node.Index}");
                node.Thaw();
            }
        });
    }

    public void Crash()
    {
        SimNode node = Pick();
        bool all = _random.Next(2) == 0;
        world.Note($"crash {node.Index}{(all ? "" : ", its data path goes on")}");
        node.Crash(all);
        StartLater(node, Pause(1000));
    }

    /// <summary>An orderly end, and a start soon after.</summary>
    public void Restart()
    {
        SimNode node = Pick();
        world.Note($"restart {node.Index}");
        node.Leave();
        int life = node.Life;
        world.After(Pause(100), () =>
        {
            if (node.Life == life)
            {
                node.Crash(dataPathToo: false);
                StartLater(node, Pause(50));
            }
        });
    }

    public void FlapHealth()
    {
        SimNode node = Pick();
        node.Upstream = (UpstreamState)_random.Next(3);
        node.IsReady = _random.Next(6) != 0;
        world.Note($"health {node.Index}: {node.Upstream}, ready {node.IsReady}");
        node.ShowHealth();
    }

    public void LoseLink()
    {
        SimNode node = Pick();
        node.HasLink = _random.Next(3) != 0;
        world.Note($"link {node.Index}: {node.HasLink}");
        node.ShowHealth();
    }

    /// <summary>The server chooses other gateway nodes; each node hears of it when it can.</summary>
    public void Reschedule()
    {
        SimRouter router = world.Routers[_random.Next(world.Routers.Count)];
        int[] able = [.. Enumerable.Range(0, world.Gateways)];
        _random.Shuffle(able);
        router.Nodes.Clear();
        router.Nodes.AddRange(able.Take(_random.Next(Math.Min(2, able.Length), able.Length + 1)));
        router.Schedule++;
        world.Note($"schedule {router.Schedule}: {string.Join(", ", router.Nodes)}");
        foreach (SimNode node in world.Nodes)
        {
            Tell(node, Pause(_random.Next(4) == 0 ? 800 : 20));
        }
    }

    /// <summary>A node that is frozen or away hears the newest when it is back.</summary>
    private void Tell(SimNode node, long after)
    {
        int life = node.Life;
        world.After(after, () =>
        {
            if (node.Life != life)
            {
                return;
            }

            if (!node.IsUp)
            {
                Tell(node, 5 * SimWorld.Millisecond);
                return;
            }

            foreach (SimRouter router in world.Routers)
            {
                node.ApplyRows([.. SimWorld.RowsOf(router)]);
            }
        });
    }

    private void StartLater(SimNode node, long after)
    {
        int life = node.Life;
        world.After(after, () =>
        {
            if (node.Life == life && node.Election is null)
            {
                world.Note($"start {node.Index}");
                world.Start(node);
            }
        });
    }

    private SimNode Pick() => world.Nodes[_random.Next(world.Nodes.Count)];

    private long Pause(int most) => _random.NextInt64(most * SimWorld.Millisecond);
}

using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Datapath.Tests.Pipeline;

namespace Vicinal.Datapath.Tests.Restart;

/// <summary>
/// Random traffic and changes while nodes are killed and go on: at each moment what a mirror would replay is what a walk would do, and
/// what a mirror has is what its cache has.
/// </summary>
public sealed class MirrorNeverDiffersTests
{
    [Fact]
    public void Whatever_changes_and_whoever_is_killed_the_mirror_replays_what_a_walk_would_do()
    {
        Tally all = new();
        for (int seed = 1; seed <= 12; seed++)
        {
            RandomRun run = new(seed);
            try
            {
                Go(run, all);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, step {run.Step}: {e.Message}", e);
            }
        }

        all.Flows.ShouldBeGreaterThan(3000);
        all.Drops.ShouldBeGreaterThan(500);
        all.Adopted.ShouldBeGreaterThan(100);
        all.Refused.ShouldBeGreaterThan(20);
    }

    private static void Go(RandomRun run, Tally all)
    {
        SimCloud cloud = run.Cloud.Cloud;
        (SimNode Node, SimProcess Process)[] nodes = [.. cloud.Fabric.Nodes.Select(n => (n, new SimProcess(n, cloud)))];
        foreach ((SimNode _, SimProcess process) in nodes)
        {
            process.Start();
        }

        run.Meanwhile = random =>
        {
            foreach ((SimNode node, SimProcess process) in nodes)
            {
                (int flows, int drops) = MirrorCheck.Verify(node, process.Mirror, cloud.Fabric.Now);
                all.Flows += flows;
                all.Drops += drops;
            }

            if (random.Next(15) == 0)
            {
                SimProcess process = nodes[random.Next(nodes.Length)].Process;
                process.Kill();
                for (int changes = random.Next(3); changes > 0; changes--)
                {
                    run.Change();
                }

                run.Cloud.Run();
                process.Start();
                Adoption[] outcome = [.. process.Adopt().Values];
                all.Adopted += outcome.Count(a => a == Adoption.Adopted);
                all.Refused += outcome.Count(a => a == Adoption.Refused);
            }
        };
        run.Go(200);
    }

    private sealed class Tally
    {
        public int Flows { get; set; }

        public int Drops { get; set; }

        public int Adopted { get; set; }

        public int Refused { get; set; }
    }
}

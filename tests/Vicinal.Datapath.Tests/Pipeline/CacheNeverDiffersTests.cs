namespace Vicinal.Datapath.Tests.Pipeline;

/// <summary>
/// Random traffic and random changes in a cloud where every packet on every node is traced before it is forwarded: what forwarding
/// does, by the cache or by a walk, is what the trace of that moment says.
/// </summary>
public sealed class CacheNeverDiffersTests
{
    [Fact]
    public void Whatever_changes_the_cache_decides_as_a_fresh_walk_would()
    {
        long hits = 0;
        for (int seed = 1; seed <= 20; seed++)
        {
            RandomRun run = new(seed);
            try
            {
                run.Go(250);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, step {run.Step}: {e.Message}", e);
            }

            hits += run.CacheHits;
        }

        hits.ShouldBeGreaterThan(3000, "the cache has to have had its chance");
    }
}

using FsCheck;
using FsCheck.Fluent;

namespace Vicinal.Model.Tests.Rules;

public sealed class L3PropertyTests
{
    private int _associated;

    /// <summary>FsCheck draws the seeds of whole histories; on failure it prints the seed, and the step is in the message.</summary>
    [Fact]
    public void Whatever_is_asked_the_cloud_stays_consistent()
    {
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(50),
            Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), Live));
        _associated.ShouldBeGreaterThan(5, "histories that tie no floating IPs prove little");
    }

    private void Live(int seed)
    {
        RandomCloud cloud = new(new Random(seed));
        for (int step = 0; step < 150; step++)
        {
            try
            {
                cloud.Step();
                L3Invariants.Check(cloud.Topology);
            }
            catch (Exception broken)
            {
                throw new InvalidOperationException($"seed {seed}, step {step}: {broken.Message}", broken);
            }
        }

        cloud.Done.ShouldBeGreaterThan(15, $"seed {seed} made a history of refusals only");
        _associated += cloud.Topology.FloatingIps.Values.Count(fip => fip.PortId is not null);
    }
}

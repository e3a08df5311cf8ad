namespace Vicinal.Datapath.Tests.Connections;

/// <summary>Runs a random sequence for some fixed seeds and one fresh one; a failure names the seed that brings it back.</summary>
internal static class Seeds
{
    public static void Run(int count, Action<Random> sequence)
    {
        for (int i = 0; i <= count; i++)
        {
            int seed = i < count ? i + 1 : Random.Shared.Next();
            try
            {
                sequence(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"The sequence of seed {seed} failed: {e.Message}", e);
            }
        }
    }
}

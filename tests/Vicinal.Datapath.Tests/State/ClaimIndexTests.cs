using Vicinal.Datapath.State;

namespace Vicinal.Datapath.Tests.State;

public sealed class ClaimIndexTests
{
    [Fact]
    public void Whatever_the_order_of_claims_the_lowest_rank_that_is_there_holds_the_key()
    {
        for (int seed = 1; seed <= 200; seed++)
        {
            Random random = new(seed);
            ClaimIndex<int, string> index = new();
            List<(int Key, string Value, ulong Rank)> model = [];
            for (int i = 0; i < 60; i++)
            {
                if (random.Next(2) == 0 && model.Count > 0)
                {
                    int at = random.Next(model.Count);
                    index.Remove(model[at].Key, model[at].Value);
                    model.RemoveAt(at);
                }
                else
                {
                    (int Key, string Value, ulong Rank) claim = (random.Next(3), $"claim{i}", (ulong)(random.Next(1000) * 100 + i));
                    index.Add(claim.Key, claim.Value, claim.Rank);
                    model.Add(claim);
                }

                for (int key = 0; key < 3; key++)
                {
                    string? expected = model.Where(c => c.Key == key).OrderBy(c => c.Rank).Select(c => c.Value).FirstOrDefault();
                    (index.TryGet(key, out string? holder) ? holder : null).ShouldBe(expected, $"seed {seed}");
                }
            }
        }
    }

    [Fact]
    public void Who_loses_or_gains_a_key_is_told()
    {
        ClaimIndex<int, string> index = new();
        index.Add(1, "b", 2).ShouldBeNull();
        index.Add(1, "c", 3).ShouldBeNull();
        index.Add(1, "a", 1).ShouldBe("b");
        index.Remove(1, "c").ShouldBeNull();
        index.Remove(1, "a").ShouldBe("b");
        index.Remove(1, "b").ShouldBeNull();
        index.Count.ShouldBe(0);
    }
}

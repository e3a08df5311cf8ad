using Vicinal.Model.Indexes;

namespace Vicinal.Model.Tests.Indexes;

/// <summary>Runs of numbers through the allocations that are made of them: every search is compared with a plain set.</summary>
public sealed class NumberRunsTests(ITestOutputHelper output)
{
    [Fact]
    public void A_search_finds_what_counting_would_find()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        SortedSet<uint> taken = [];
        VniAllocations vnis = VniAllocations.Empty;
        for (int i = 0; i < 20_000; i++)
        {
            uint number = (uint)random.Next(1, 65);
            if (taken.Remove(number))
            {
                vnis = vnis.Remove(number);
            }
            else
            {
                taken.Add(number);
                vnis = vnis.Add(number, Guid.NewGuid());
            }

            uint least = (uint)random.Next(1, 65);
            uint most = (uint)random.Next((int)least, 65);
            vnis.FindFree(least, most).ShouldBe(FindByCounting(taken, least, most, vnis.Last), $"seed {seed}, step {i}");
        }
    }

    [Fact]
    public void A_search_past_a_hundred_thousand_in_a_row_costs_no_more_than_past_one()
    {
        VniAllocations vnis = VniAllocations.Empty;
        for (uint vni = 1; vni <= 100_000; vni++)
        {
            vnis = vnis.Add(vni, Guid.Empty);
        }

        // With a walk through what is taken, these would be ten thousand million steps.
        vnis = vnis.WithLast(0);
        for (int i = 0; i < 100_000; i++)
        {
            vnis.FindFree().ShouldBe(100_001u);
        }
    }

    private static uint? FindByCounting(SortedSet<uint> taken, uint least, uint most, uint last)
    {
        IEnumerable<uint> all = Enumerable.Range((int)least, (int)(most - least) + 1).Select(static n => (uint)n).Where(n => !taken.Contains(n));
        uint[] free = [.. all];
        uint behind = free.FirstOrDefault(n => n > last);
        return free.Length == 0 ? null : behind > 0 ? behind : free[0];
    }
}

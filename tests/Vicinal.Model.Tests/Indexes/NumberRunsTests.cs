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
        SegmentationSpace ids = SegmentationSpace.Empty;
        for (int i = 0; i < 20_000; i++)
        {
            uint number = (uint)random.Next(1, 65);
            if (taken.Remove(number))
            {
                ids = ids.Remove(number);
            }
            else
            {
                taken.Add(number);
                ids = ids.Add(number, Guid.NewGuid());
            }

            SegmentationRange[] ranges = [AnyRange(random), AnyRange(random)];
            ids = ids.WithLast((uint)random.Next(70));
            ids.FindFree(ranges).ShouldBe(FindByCounting(taken, ranges, ids.Last), $"seed {seed}, step {i}");
        }
    }

    [Fact]
    public void A_search_past_a_hundred_thousand_in_a_row_costs_no_more_than_past_one()
    {
        SegmentationSpace ids = SegmentationSpace.Empty;
        for (uint vni = 1; vni <= 100_000; vni++)
        {
            ids = ids.Add(vni, Guid.Empty);
        }

        // With a walk through what is taken, these would be ten thousand million steps.
        for (int i = 0; i < 100_000; i++)
        {
            ids.FindFree([new SegmentationRange(1, 0xFF_FFFF)]).ShouldBe(100_001u);
        }
    }

    private static SegmentationRange AnyRange(Random random)
    {
        uint first = (uint)random.Next(1, 65);
        return new SegmentationRange(first, (uint)random.Next((int)first, 65));
    }

    private static uint? FindByCounting(SortedSet<uint> taken, SegmentationRange[] ranges, uint last)
    {
        uint[] free = [.. Enumerable.Range(1, 65).Select(static n => (uint)n)
            .Where(n => !taken.Contains(n) && ranges.Any(range => n >= range.First && n <= range.Last))];
        uint behind = free.FirstOrDefault(n => n > last);
        return free.Length == 0 ? null : behind > 0 ? behind : free[0];
    }
}

using Vicinal.Datapath.Fragments;
using Vicinal.Datapath.Tests.Connections;

namespace Vicinal.Datapath.Tests.Fragments;

public sealed class CoveredRangesTests
{
    [Fact]
    public void Coverage_is_that_of_a_plain_array_of_bytes() => Seeds.Run(300, random =>
    {
        CoveredRanges ranges = default;
        bool[] bytes = new bool[64];
        for (int step = 0; step < 60; step++)
        {
            int start = random.Next(63);
            int end = random.Next(start + 1, Math.Min(65, start + 12));
            bool[] part = bytes[start..end];
            Coverage coverage = ranges.Add(start, end);
            if (part.All(taken => taken))
            {
                coverage.ShouldBe(Coverage.Repeated);
            }
            else if (part.Any(taken => taken))
            {
                coverage.ShouldBe(Coverage.Overlaps);
            }
            else if (coverage == Coverage.Added)
            {
                bytes.AsSpan(start, end - start).Fill(true);
            }
            else
            {
                coverage.ShouldBe(Coverage.Scattered);
                Holes(bytes).ShouldBe(CoveredRanges.Max);
            }

            ranges.End.ShouldBe(Array.LastIndexOf(bytes, true) + 1);
            ranges.IsWhole(64).ShouldBe(bytes.All(taken => taken));
        }
    });

    private static int Holes(bool[] bytes) => bytes.Where((taken, i) => taken && (i == 0 || !bytes[i - 1])).Count();
}

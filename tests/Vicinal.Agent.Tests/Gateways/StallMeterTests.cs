using Vicinal.Agent.Gateways;

namespace Vicinal.Agent.Tests.Gateways;

public sealed class StallMeterTests
{
    [Fact]
    public void Percentiles_are_right_to_within_a_fifth_and_the_longest_is_exact()
    {
        StallMeter meter = new();
        for (int i = 1; i <= 10_000; i++)
        {
            meter.Note(i * 1000L);
        }

        meter.Samples.ShouldBe(10_000);
        meter.Longest.ShouldBe(10_000_000);
        foreach (double share in (double[])[0.1, 0.5, 0.9, 0.99])
        {
            ((double)meter.Percentile(share)).ShouldBeInRange(share * 10_000_000, share * 10_000_000 * 1.2, $"p{share * 100}");
        }

        meter.Percentile(1).ShouldBe(10_000_000);
    }

    [Fact]
    public void Every_length_falls_into_the_bucket_that_ends_behind_it()
    {
        foreach (long length in (long[])[0, 1023, 1024, 1279, 1280, 2047, 2048, 999_999, 40_000_000, 1L << 35, (1L << 36) - 1])
        {
            StallMeter meter = new();
            meter.Note(length);
            (long end, long count) = meter.Buckets().Single();
            count.ShouldBe(1);
            end.ShouldBeGreaterThan(length);
            ((double)end).ShouldBeLessThanOrEqualTo(Math.Max(1024, length * 1.25));
        }
    }

    [Fact]
    public void What_is_longer_than_any_bucket_is_in_the_last_and_without_samples_there_is_no_stall()
    {
        StallMeter meter = new();
        meter.Percentile(0.99).ShouldBe(0);
        meter.Buckets().ShouldBeEmpty();
        meter.Note(long.MaxValue);
        meter.Longest.ShouldBe(long.MaxValue);
        meter.Buckets().Single().Count.ShouldBe(1);
    }
}

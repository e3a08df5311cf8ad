using Vicinal.Devices.Tests.Support;

namespace Vicinal.Devices.Tests;

public sealed class MonotonicTimerTests
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public void A_wait_ends_at_its_time_and_never_before()
    {
        using MonotonicTimer timer = new();
        using Poller poller = new();
        poller.Add(timer.PollHandle, 1);
        PollEvent[] ready = new PollEvent[1];
        long least = long.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            long at = MonotonicTimer.Now + (Millisecond * 3 / 2);
            timer.Set(at);
            poller.Wait(ready, 5000).ShouldBe(1);
            long late = MonotonicTimer.Now - at;
            late.ShouldBeGreaterThanOrEqualTo(0);
            least = Math.Min(least, late);
        }

        // Milliseconds would be late by half of one at the least, each time.
        least.ShouldBeLessThan(Millisecond / 2);
    }

    [Fact]
    public void A_time_that_has_passed_ends_a_wait_at_once_and_a_later_one_takes_its_place()
    {
        using MonotonicTimer timer = new();
        using Poller poller = new();
        poller.Add(timer.PollHandle, 1);
        PollEvent[] ready = new PollEvent[1];
        timer.Set(0);
        poller.Wait(ready, 5000).ShouldBe(1);
        timer.Set(MonotonicTimer.Now + (60_000 * Millisecond));
        poller.Wait(ready, 0).ShouldBe(0);
    }

    [Fact]
    public void A_sleep_ends_at_its_time_and_never_before()
    {
        long until = MonotonicTimer.Now + (2 * Millisecond);
        MonotonicTimer.Sleep(until);
        MonotonicTimer.Now.ShouldBeGreaterThanOrEqualTo(until);
        MonotonicTimer.Sleep(0);
    }

    [Fact]
    public void Setting_it_allocates_nothing()
    {
        using MonotonicTimer timer = new();
        timer.Set(1);
        Allocations.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                timer.Set(MonotonicTimer.Now + Millisecond);
            }
        }).ShouldBe(0);
    }
}

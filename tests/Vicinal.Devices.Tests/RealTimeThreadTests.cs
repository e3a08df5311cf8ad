using System.Globalization;

namespace Vicinal.Devices.Tests;

public sealed class RealTimeThreadTests
{
    [Fact]
    public void A_thread_enters_by_itself_or_is_told_why_not()
    {
        RealTimeThread.IsCurrent.ShouldBeFalse();
        string? refusal = "not run";
        bool entered = false;
        Thread thread = new(() =>
        {
            refusal = RealTimeThread.TryEnter();
            entered = RealTimeThread.IsCurrent;
        });
        thread.Start();
        thread.Join();
        entered.ShouldBe(refusal is null);
        RealTimeThread.IsCurrent.ShouldBeFalse("other threads stay as they are");
    }

    [Fact]
    public void A_priority_that_there_is_not_is_refused_with_the_reason()
    {
        RealTimeThread.TryEnter(priority: 1000).ShouldNotBeNull().ShouldContain("sched_setscheduler");
        RealTimeThread.IsCurrent.ShouldBeFalse();
    }

    [Fact]
    public void A_process_with_such_a_thread_is_ended_rather_than_let_it_turn_in_circles()
    {
        Thread thread = new(() => RealTimeThread.TryEnter());
        thread.Start();
        thread.Join();
        string limit = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max realtime timeout", StringComparison.Ordinal));
        foreach (string value in limit.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3..5])
        {
            ulong.Parse(value, CultureInfo.InvariantCulture).ShouldBeLessThanOrEqualTo(5_000_000UL);
        }
    }
}

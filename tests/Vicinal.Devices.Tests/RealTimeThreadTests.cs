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
}

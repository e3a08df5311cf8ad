using System.Diagnostics;
using Vicinal.Devices.Native;

namespace Vicinal.Devices.Tests;

public sealed class PollerTests
{
    [Fact]
    public void A_wake_up_from_another_thread_ends_a_wait_without_a_limit()
    {
        using Poller poller = new();
        Thread waker = new(poller.Wake);
        PollEvent[] ready = new PollEvent[1];
        waker.Start();
        poller.Wait(ready, -1).ShouldBe(0);
        waker.Join();
    }

    [Fact]
    public void Wake_ups_that_meet_are_one_and_the_limit_is_kept()
    {
        using Poller poller = new();
        poller.Wake();
        poller.Wake();
        PollEvent[] ready = new PollEvent[1];
        poller.Wait(ready, -1).ShouldBe(0);
        long start = Stopwatch.GetTimestamp();
        poller.Wait(ready, 30).ShouldBe(0);
        Stopwatch.GetElapsedTime(start).TotalMilliseconds.ShouldBeGreaterThan(25);
    }

    [Fact]
    public void More_handles_than_room_are_told_by_and_by()
    {
        using Poller poller = new();
        List<Descriptor> handles = [.. Enumerable.Range(0, 10).Select(_ => Descriptor.Own(FileCalls.EventFd(1, FileCalls.EFD_CLOEXEC), "eventfd"))];
        HashSet<int> seen = [];
        for (int i = 0; i < handles.Count; i++)
        {
            poller.Add(handles[i].Value, 100 + i);
        }

        PollEvent[] ready = new PollEvent[3];
        while (seen.Count < 10)
        {
            int count = poller.Wait(ready, 1000);
            count.ShouldBeInRange(1, 3);
            for (int i = 0; i < count; i++)
            {
                ready[i].IsReadable.ShouldBeTrue();
                seen.Add(ready[i].Token).ShouldBeTrue();
                poller.Remove(handles[ready[i].Token - 100].Value);
            }
        }

        poller.Wait(ready, 0).ShouldBe(0);
        handles.ForEach(h => h.Dispose());
    }
}

using Vicinal.Agent.Gateways;

namespace Vicinal.Agent.Tests.Gateways;

public sealed class GatewayInboxTests
{
    private readonly GatewayInbox _inbox = new();

    [Fact]
    public void What_was_put_in_comes_out_in_order_also_when_more_comes_meanwhile()
    {
        GatewayInput[] inputs = [.. Enumerable.Range(0, 6).Select(_ => Input())];
        Put(inputs[..3]);
        _inbox.Take().ShouldBe(inputs[0]);
        Put(inputs[3..]);
        inputs[1..].ShouldAllBe(input => _inbox.Take() == input);
        _inbox.Take().ShouldBeNull();
    }

    [Fact]
    public void Nothing_of_many_threads_is_lost_and_each_threads_own_order_stays()
    {
        const int Threads = 4;
        const int Each = 20_000;
        int[] last = new int[Threads];
        Array.Fill(last, -1);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                int number = i;
                _inbox.Put((_, _, _) =>
                {
                    number.ShouldBe(last[thread] + 1);
                    last[thread] = number;
                });
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        long start = Environment.TickCount64;
        while (last.Any(number => number < Each - 1))
        {
            _inbox.Take()?.Invoke(null!, 0, null!);
            (Environment.TickCount64 - start).ShouldBeLessThan(20_000);
        }

        Array.ForEach(threads, thread => thread.Join());
        _inbox.Take().ShouldBeNull();
    }

    private void Put(GatewayInput[] inputs) => Array.ForEach(inputs, _inbox.Put);

    // Each is another object, as it holds another variable.
    private static GatewayInput Input()
    {
        object own = new();
        return (_, _, _) => own.ToString();
    }
}

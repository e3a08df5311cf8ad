using System.Globalization;
using Vicinal.Gateways.Elections;
using Vicinal.Gateways.Replication;

namespace Vicinal.Gateways.Tests.Replication;

public sealed class ReplicationTests(ITestOutputHelper output)
{
    private const long Millisecond = ReplicationRun.Millisecond;

    [Fact]
    public void A_standby_has_the_full_set_and_then_every_change()
    {
        ReplicationRun run = new(1, 10_000);
        run.AddRouter(0);
        run.AddRouter(1);
        run.Churn(500);
        run.Advance(20 * Millisecond);
        run.Receiver.IsInFull(ReplicationRun.RouterOf(0)).ShouldBeTrue();
        run.Receiver.IsInFull(ReplicationRun.RouterOf(1)).ShouldBeTrue();
        run.IsSame().ShouldBeTrue();
        run.Sender.IsFlushed.ShouldBeTrue();
    }

    [Fact]
    public void It_is_flushed_only_when_the_standby_has_everything()
    {
        ReplicationRun run = new(1, 10_000) { Loss = 1 };
        run.AddRouter(0);
        run.Put(0, 1);
        run.Advance(50 * Millisecond);
        run.Sender.IsFlushed.ShouldBeFalse();
        run.Loss = 0;
        run.Advance(300 * Millisecond);
        run.Sender.IsFlushed.ShouldBeTrue();
        run.IsSame().ShouldBeTrue();
    }

    [Fact]
    public void A_router_is_in_full_only_after_the_end_of_its_set()
    {
        ReplicationSender sender = new(3, 100);
        ReplicationReceiver receiver = new(7);
        ReplicaTable table = new();
        byte[] buffer = new byte[OutgoingMessage.MaxSize];
        Guid router = ReplicationRun.RouterOf(0);
        sender.Begin(router, ReplicaTable.EpochOf(router));
        sender.Put(router, new byte[ReplicationMessage.RecordSize]);
        sender.TryNext(0, buffer, out int length).ShouldBeTrue();
        receiver.Receive(buffer.AsSpan(0, length), 0, table, new byte[OutgoingMessage.MaxSize], out _);
        receiver.IsInFull(router).ShouldBeFalse();
        sender.End(router);
        sender.TryNext(0, buffer, out length).ShouldBeTrue();
        receiver.Receive(buffer.AsSpan(0, length), 0, table, new byte[OutgoingMessage.MaxSize], out _);
        receiver.IsInFull(router).ShouldBeTrue();
    }

    [Fact]
    public void A_new_full_set_sweeps_what_is_gone()
    {
        ReplicationRun run = new(1, 10_000);
        run.AddRouter(0);
        run.Put(0, 1);
        run.Put(0, 2);
        run.Advance(10 * Millisecond);

        // The standby missed nothing, but what it has too many of goes, too.
        run.Standby.Put(ReplicationRun.RouterOf(0), new byte[ReplicationMessage.RecordSize]);
        run.IsSame().ShouldBeFalse();
        run.AddRouter(0);
        run.Advance(10 * Millisecond);
        run.IsSame().ShouldBeTrue();
    }

    [Fact]
    public void A_standby_that_starts_anew_is_sent_full_sets()
    {
        ReplicationRun run = new(1, 10_000);
        run.AddRouter(0);
        run.Churn(300);
        run.Advance(20 * Millisecond);
        run.RestartStandby();
        run.Churn(5);
        run.Advance(50 * Millisecond);
        run.FullSets.ShouldBe(1);
        run.Receiver.IsInFull(ReplicationRun.RouterOf(0)).ShouldBeTrue();
        run.IsSame().ShouldBeTrue();
    }

    [Fact]
    public void What_a_standby_that_is_away_misses_is_bounded_and_made_up_for_by_full_sets()
    {
        ReplicationRun run = new(1, 400) { Loss = 1 };
        run.AddRouter(0);
        for (int i = 0; i < 50; i++)
        {
            run.Churn(100);
            run.Advance(20 * Millisecond);
            run.Sender.Waiting.ShouldBeLessThanOrEqualTo(400);
        }

        run.FullSets.ShouldBe(0, "nobody is there to take them");
        run.Loss = 0;
        run.Advance(500 * Millisecond);
        run.FullSets.ShouldBe(1);
        run.IsSame().ShouldBeTrue();
    }

    [Fact]
    public void Whatever_the_network_does_the_standby_ends_with_the_same_connections()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("VICINAL_TEST_SEED"), CultureInfo.InvariantCulture, out int given)
            ? given : Random.Shared.Next(1_000_000_000);
        output.WriteLine($"VICINAL_TEST_SEED={seed}");
        for (int i = 0; i < 100; i++)
        {
            Random random = new(seed + i);
            ReplicationRun run = new(seed + i, random.Next(600, 3000))
            {
                Loss = random.NextDouble() * 0.3,
                Stragglers = random.NextDouble() * 0.2,
                Duplicates = random.NextDouble() * 0.2,
            };
            run.AddRouter(0);
            run.AddRouter(1);
            for (int round = 0; round < 10; round++)
            {
                run.Churn(random.Next(100));
                run.Advance(random.Next(20) * Millisecond);
                if (random.Next(10) == 0)
                {
                    run.RestartStandby();
                }
            }

            run.Loss = 0;
            run.Advance(3000 * Millisecond);
            run.Sender.IsFlushed.ShouldBeTrue($"seed {seed + i}");
            run.IsSame().ShouldBeTrue($"seed {seed + i}");
        }
    }

    [Fact]
    public void A_stream_that_goes_on_allocates_nothing()
    {
        ReplicationSender sender = new(3, 10_000);
        ReplicationReceiver receiver = new(7);
        CountingSink sink = new();
        byte[] buffer = new byte[OutgoingMessage.MaxSize];
        byte[] answer = new byte[OutgoingMessage.MaxSize];
        byte[] record = new byte[ReplicationMessage.RecordSize];
        Guid router = ReplicationRun.RouterOf(0);
        void Round()
        {
            for (int i = 0; i < 1000; i++)
            {
                sender.Put(router, record);
                while (sender.TryNext(0, buffer, out int length))
                {
                    receiver.Receive(buffer.AsSpan(0, length), 0, sink, answer, out int answered);
                    sender.Receive(answer.AsSpan(0, answered), 0);
                }
            }
        }

        Round();
        Allocations.Of(Round).ShouldBe(0);
        sink.Puts.ShouldBeGreaterThanOrEqualTo(2000);
    }

    private sealed class CountingSink : IReplicaSink
    {
        public int Puts { get; private set; }

        public void Reset() => Puts = 0;

        public void Begin(Guid routerId, Epoch epoch) => Puts = 0;

        public void Put(Guid routerId, ReadOnlySpan<byte> record) => Puts++;

        public void Remove(Guid routerId, ReadOnlySpan<byte> record) => Puts--;

        public void End(Guid routerId) => Puts = 0;
    }
}

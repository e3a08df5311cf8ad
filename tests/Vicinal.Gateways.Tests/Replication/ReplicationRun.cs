using Vicinal.Gateways.Elections;
using Vicinal.Gateways.Replication;

namespace Vicinal.Gateways.Tests.Replication;

/// <summary>An active node whose connections come and go, a standby, and a network between them that loses, delays, reorders and repeats.</summary>
internal sealed class ReplicationRun(int seed, int capacity)
{
    public const long Millisecond = 1_000_000;

    private readonly Random _random = new(seed);
    private readonly PriorityQueue<(bool ToStandby, byte[] Bytes), (long Time, long Number)> _wire = new();
    private readonly byte[] _buffer = new byte[OutgoingMessage.MaxSize];
    private long _now = 1_000_000_000;
    private long _number;
    private ulong _incarnation = 7;

    public static Guid RouterOf(int number) => new(number + 1, 0, 0, new byte[8]);

    public Dictionary<Guid, Dictionary<ulong, byte[]>> Active { get; } = [];

    public ReplicationSender Sender { get; } = new(3, capacity);

    public ReplicationReceiver Receiver { get; private set; } = new(7);

    public ReplicaTable Standby { get; private set; } = new();

    public double Loss { get; set; }

    public double Stragglers { get; set; }

    public double Duplicates { get; set; }

    public int FullSets { get; private set; }

    public void AddRouter(int number)
    {
        Active[RouterOf(number)] = [];
        SayAll(RouterOf(number));
    }

    public void Put(int router, ulong key)
    {
        byte[] record = new byte[ReplicationMessage.RecordSize];
        _random.NextBytes(record);
        BitConverter.TryWriteBytes(record, key);
        Active[RouterOf(router)][key] = record;
        Sender.Put(RouterOf(router), record);
    }

    public void Remove(int router, ulong key)
    {
        if (Active[RouterOf(router)].Remove(key, out byte[]? record))
        {
            Sender.Remove(RouterOf(router), record);
        }
    }

    public void Churn(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            int router = _random.Next(Active.Count);
            ulong key = (ulong)_random.Next(200);
            if (_random.Next(3) == 0)
            {
                Remove(router, key);
            }
            else
            {
                Put(router, key);
            }
        }
    }

    /// <summary>The standby's process starts anew, with nothing.</summary>
    public void RestartStandby()
    {
        Receiver = new ReplicationReceiver(++_incarnation);
        Standby = new ReplicaTable();
    }

    public void Advance(long duration)
    {
        for (long end = _now + duration; _now < end; _now += Millisecond / 5)
        {
            if (Sender.WantsFullSets)
            {
                Sender.Restart();
                FullSets++;
                foreach (Guid router in Active.Keys)
                {
                    SayAll(router);
                }
            }

            while (Sender.TryNext(_now, _buffer, out int length))
            {
                Post(toStandby: true, _buffer[..length]);
            }

            while (_wire.TryPeek(out _, out (long Time, long Number) at) && at.Time <= _now)
            {
                Deliver(_wire.Dequeue());
            }
        }
    }

    public bool IsSame() => Active.All(router =>
        Standby.Of(router.Key).Count == router.Value.Count
        && router.Value.All(record => Standby.Of(router.Key).TryGetValue(record.Key, out byte[]? replica) && replica.AsSpan().SequenceEqual(record.Value)));

    private void SayAll(Guid router)
    {
        Sender.Begin(router, ReplicaTable.EpochOf(router));
        foreach (byte[] record in Active[router].Values)
        {
            Sender.Put(router, record);
        }

        Sender.End(router);
    }

    private void Deliver((bool ToStandby, byte[] Bytes) datagram)
    {
        if (!datagram.ToStandby)
        {
            Sender.Receive(datagram.Bytes, _now);
            return;
        }

        byte[] answer = new byte[OutgoingMessage.MaxSize];
        Receiver.Receive(datagram.Bytes, _now, Standby, answer, out int length);
        if (length > 0)
        {
            Post(toStandby: false, answer[..length]);
        }
    }

    private void Post(bool toStandby, byte[] bytes)
    {
        for (int copies = _random.NextDouble() < Duplicates ? 2 : 1; copies > 0; copies--)
        {
            if (_random.NextDouble() >= Loss)
            {
                long late = _random.NextDouble() < Stragglers ? _random.NextInt64(30 * Millisecond) : 0;
                _wire.Enqueue((toStandby, bytes), (_now + 200_000 + late, _number++));
            }
        }
    }
}

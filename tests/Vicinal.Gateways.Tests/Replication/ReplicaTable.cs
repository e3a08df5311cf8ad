using Vicinal.Gateways.Replication;

namespace Vicinal.Gateways.Tests.Replication;

/// <summary>A standby's connections: by router, then by the record's first eight octets. A full set marks and sweeps.</summary>
internal sealed class ReplicaTable : IReplicaSink
{
    private readonly Dictionary<Guid, HashSet<ulong>> _unsaid = [];

    public Dictionary<Guid, Dictionary<ulong, byte[]>> Routers { get; } = [];

    public int Resets { get; private set; }

    public void Reset()
    {
        Resets++;
        _unsaid.Clear();
    }

    public void Begin(Guid routerId, Epoch epoch)
    {
        epoch.ShouldBe(EpochOf(routerId));
        _unsaid[routerId] = [.. Of(routerId).Keys];
    }

    public void Put(Guid routerId, ReadOnlySpan<byte> record)
    {
        record.Length.ShouldBe(ReplicationMessage.RecordSize);
        ulong key = BitConverter.ToUInt64(record);
        Of(routerId)[key] = record.ToArray();
        if (_unsaid.TryGetValue(routerId, out HashSet<ulong>? unsaid))
        {
            unsaid.Remove(key);
        }
    }

    public void Remove(Guid routerId, ReadOnlySpan<byte> record) => Of(routerId).Remove(BitConverter.ToUInt64(record));

    public void End(Guid routerId)
    {
        if (_unsaid.Remove(routerId, out HashSet<ulong>? unsaid))
        {
            foreach (ulong key in unsaid)
            {
                Of(routerId).Remove(key);
            }
        }
    }

    /// <summary>What the tests' sender serves a router under: one for each, and with both halves.</summary>
    public static Epoch EpochOf(Guid routerId) => new(0x0102_0304, (uint)routerId.GetHashCode());

    public Dictionary<ulong, byte[]> Of(Guid routerId)
    {
        if (!Routers.TryGetValue(routerId, out Dictionary<ulong, byte[]>? router))
        {
            Routers[routerId] = router = [];
        }

        return router;
    }
}

using System.Runtime.InteropServices;
using Vicinal.Datapath;
using Vicinal.Datapath.Connections;
using Vicinal.Gateways;
using Vicinal.Gateways.Replication;

namespace Vicinal.Agent.Gateways.Replication;

/// <summary>The connections that one other node replicates here, on their way into this node's tracker. Owned by the data-path thread.</summary>
/// <param name="isKnown">Whether the node has the router's row.</param>
/// <param name="inFull">Told when the set of a router that the host serves is complete, or no longer.</param>
internal sealed class ActiveStream(string host, Node node, ReplicaOrigins origins, ulong incarnation, Func<Guid, bool> isKnown, Action<Guid, string, bool> inFull) : IReplicaSink
{
    private readonly ReplicationReceiver _receiver = new(incarnation);
    private readonly HashSet<Guid> _complete = [];
    private readonly HashSet<Guid> _begun = [];
    private readonly HashSet<Guid> _missed = [];
    private long _now;

    public string Host => host;

    public long Records { get; private set; }

    /// <summary>Records that cannot go on here: their router translates to another address, or a limit keeps them out.</summary>
    public long Refused { get; private set; }

    /// <summary>Routers that the host says the connections of, or said.</summary>
    public int Begun => _begun.Count;

    /// <summary>Routers whose connections are here in full.</summary>
    public IReadOnlyCollection<Guid> Complete => _complete;

    /// <summary>The router's connections were said before its row came, and could not be kept.</summary>
    public bool HasMissed(Guid routerId) => _missed.Contains(routerId);

    /// <param name="now">Milliseconds.</param>
    /// <param name="monotonic">The same in nanoseconds.</param>
    /// <returns>The length of what is to be answered.</returns>
    public int Receive(ReadOnlySpan<byte> message, long now, long monotonic, Span<byte> answer)
    {
        _now = now;
        _receiver.Receive(message, monotonic, this, answer, out int length);
        return length;
    }

    void IReplicaSink.Begin(Guid routerId, Epoch epoch)
    {
        SetComplete(routerId, false);
        _begun.Add(routerId);
        if (!isKnown(routerId))
        {
            _missed.Add(routerId);
        }
        else if (origins.TryBegin(routerId, epoch, host))
        {
            node.BeginReplicas(routerId);
        }
    }

    void IReplicaSink.Put(Guid routerId, ReadOnlySpan<byte> record)
    {
        if (TryRead(routerId, record, out ConnectionRecord connection) && !node.PutReplica(in connection, _now))
        {
            Refused++;
        }
    }

    void IReplicaSink.Remove(Guid routerId, ReadOnlySpan<byte> record)
    {
        if (TryRead(routerId, record, out ConnectionRecord connection))
        {
            node.RemoveReplica(in connection);
        }
    }

    void IReplicaSink.End(Guid routerId)
    {
        if (origins.IsFrom(routerId, host))
        {
            node.EndReplicas(routerId);
            SetComplete(routerId, true);
        }
    }

    void IReplicaSink.Reset()
    {
        _ = origins.Forget(host);
        foreach (Guid router in _complete.ToList())
        {
            SetComplete(router, false);
        }
    }

    private bool TryRead(Guid routerId, ReadOnlySpan<byte> record, out ConnectionRecord connection)
    {
        Records++;
        connection = record.Length == ConnectionRecord.Size ? MemoryMarshal.Read<ConnectionRecord>(record) : default;
        return connection.OwnerId == routerId && origins.IsFrom(routerId, host);
    }

    private void SetComplete(Guid router, bool complete)
    {
        bool moved = complete ? _complete.Add(router) : _complete.Remove(router);
        if (moved)
        {
            inFull(router, host, complete);
        }
    }
}

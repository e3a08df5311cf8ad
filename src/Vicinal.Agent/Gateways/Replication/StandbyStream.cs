using System.Runtime.InteropServices;
using Vicinal.Datapath;
using Vicinal.Datapath.Connections;
using Vicinal.Gateways;
using Vicinal.Gateways.Elections;
using Vicinal.Gateways.Replication;

namespace Vicinal.Agent.Gateways.Replication;

/// <summary>
/// The connections of routers that this node serves, on their way to one node that stands by for them. What the other end does not take in time ends the
/// stream, and a full set begins a new one. Owned by the data-path thread.
/// </summary>
internal sealed class StandbyStream(string host, Node node, ulong incarnation, int capacity) : IConnectionReplicas
{
    private readonly ReplicationSender _sender = new(incarnation, capacity);
    private readonly Dictionary<Guid, Epoch> _routers = [];
    private readonly List<FlushRequest> _flushes = [];

    public string Host => host;

    public IReadOnlyCollection<Guid> Routers => _routers.Keys;

    public long Records { get; private set; }

    public long FullSets { get; private set; }

    /// <summary>Records that the standby has not acknowledged.</summary>
    public int Waiting => _sender.Waiting;

    public ReplicationSender Sender => _sender;

    public void Begin(Guid router, Epoch epoch)
    {
        _routers[router] = epoch;
        SayAll(router, epoch);
    }

    public void End(Guid router) => _routers.Remove(router);

    public void Put(in ConnectionRecord record)
    {
        Records++;
        _sender.Put(record.OwnerId, BytesOf(in record));
    }

    public void Remove(in ConnectionRecord record)
    {
        Records++;
        _sender.Remove(record.OwnerId, BytesOf(in record));
    }

    public void Flush(FlushRequest request) => _flushes.Add(request);

    /// <summary>Begins anew when the other end lost the thread; and says which flushes are done.</summary>
    public void Advance(Action<FlushRequest> flushed)
    {
        if (_sender.WantsFullSets)
        {
            _sender.Restart();
            foreach ((Guid router, Epoch epoch) in _routers)
            {
                SayAll(router, epoch);
            }
        }

        if (_flushes.Count > 0 && _sender.IsFlushed)
        {
            _flushes.ForEach(flushed);
            _flushes.Clear();
        }
    }

    private void SayAll(Guid router, Epoch epoch)
    {
        FullSets++;
        _sender.Begin(router, epoch);
        node.ReplicateAll(router, this);
        _sender.End(router);
    }

    private static ReadOnlySpan<byte> BytesOf(in ConnectionRecord record) => MemoryMarshal.AsBytes(new ReadOnlySpan<ConnectionRecord>(in record));
}

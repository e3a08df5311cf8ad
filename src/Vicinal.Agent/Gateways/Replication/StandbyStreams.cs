using Vicinal.Datapath;
using Vicinal.Datapath.Connections;
using Vicinal.Gateways;
using Vicinal.Gateways.Elections;

namespace Vicinal.Agent.Gateways.Replication;

/// <summary>What this node says of the connections of routers that it serves, to each standby of them. Owned by the data-path thread.</summary>
/// <param name="capacity">Records that may wait for one standby.</param>
/// <param name="flushed">Told of a request when all that was said before it has arrived.</param>
internal sealed class StandbyStreams(Node node, ulong incarnation, int capacity, Action<FlushRequest> flushed)
{
    private readonly Dictionary<string, StandbyStream> _standbys = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, StandbyStream[]> _routers = [];
    private readonly Dictionary<Guid, Epoch> _epochs = [];

    /// <summary>Of this type, so that going through them each round allocates nothing.</summary>
    public Dictionary<string, StandbyStream>.ValueCollection All => _standbys.Values;

    public StandbyStream? Find(string host) => _standbys.GetValueOrDefault(host);

    public void SetActive(in ActiveChange change)
    {
        if (change.Here)
        {
            _epochs[change.RouterId] = change.Epoch;
        }
    }

    public void Forget(Guid router) => _epochs.Remove(router);

    public void Replicate(ReplicationChange change)
    {
        if (!_standbys.TryGetValue(change.Standby, out StandbyStream? standby))
        {
            _standbys[change.Standby] = standby = new StandbyStream(change.Standby, node, incarnation, capacity);
        }

        if (change.Replicates)
        {
            standby.Begin(change.RouterId, _epochs.GetValueOrDefault(change.RouterId));
        }
        else
        {
            standby.End(change.RouterId);
        }

        StandbyStream[] streams = [.. _standbys.Values.Where(stream => stream.Routers.Contains(change.RouterId))];
        if (streams.Length > 0)
        {
            _routers[change.RouterId] = streams;
        }
        else
        {
            _routers.Remove(change.RouterId);
        }
    }

    public void Flush(FlushRequest request)
    {
        if (_standbys.TryGetValue(request.Standby, out StandbyStream? standby))
        {
            standby.Flush(request);
        }
        else
        {
            flushed(request);
        }
    }

    public void Put(in ConnectionRecord record)
    {
        if (_routers.TryGetValue(record.OwnerId, out StandbyStream[]? streams))
        {
            foreach (StandbyStream stream in streams)
            {
                stream.Put(in record);
            }
        }
    }

    public void Remove(in ConnectionRecord record)
    {
        if (_routers.TryGetValue(record.OwnerId, out StandbyStream[]? streams))
        {
            foreach (StandbyStream stream in streams)
            {
                stream.Remove(in record);
            }
        }
    }
}

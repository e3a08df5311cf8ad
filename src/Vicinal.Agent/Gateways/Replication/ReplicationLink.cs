using Vicinal.Datapath;
using Vicinal.Datapath.Connections;
using Vicinal.Devices;
using Vicinal.Devices.Control;
using Vicinal.Forwarding;
using Vicinal.Gateways;
using Vicinal.Gateways.Elections;
using Vicinal.Gateways.Messages;
using Vicinal.Packets;

namespace Vicinal.Agent.Gateways.Replication;

/// <summary>
/// Carries connections between nodes, so that a standby goes on with those of the node that served: what the node here says goes out to the standbys of the
/// router, and what active nodes say comes in. Owned by the data-path thread, on which both begin and end; sending never waits.
/// </summary>
internal sealed class ReplicationLink : IConnectionReplicas, IDisposable
{
    /// <summary>Datagrams to one standby in one go; its acknowledgements ask for the next.</summary>
    private const int MostDatagrams = 128;

    private const int MostBatches = 16;

    private readonly ControlSocket _socket;
    private readonly ulong _incarnation;
    private readonly int _capacity;
    private readonly ReplicaOrigins _origins = new();
    private readonly Dictionary<string, IpAddress> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<IpAddress, string> _hosts = [];
    private readonly Dictionary<Guid, string> _nodes = [];
    private readonly HashSet<Guid> _known = [];
    private readonly Dictionary<Guid, Epoch> _epochs = [];
    private readonly Dictionary<string, StandbyStream> _standbys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ActiveStream> _actives = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, StandbyStream[]> _routers = [];
    private readonly byte[] _message = new byte[OutgoingMessage.MaxSize];
    private readonly Action<GatewayInput> _tell;
    private readonly Action<FlushRequest> _flushed;
    private Node? _node;
    private ulong _streams;

    /// <param name="capacity">Records that may wait for one standby.</param>
    /// <param name="tell">Runs on the gateway thread.</param>
    /// <exception cref="DeviceException">The tunnel address is not there, or the port is taken.</exception>
    public ReplicationLink(IpAddress tunnelAddress, ulong incarnation, int capacity, Action<GatewayInput> tell)
    {
        _socket = ControlSocket.Open(tunnelAddress, GatewayPorts.Replication, bufferBytes: 8 << 20);
        _incarnation = incarnation;
        _capacity = capacity;
        _tell = tell;
        _flushed = flush => tell((election, now, effects) => election.ConnectionsFlushed(flush.RouterId, flush.Standby, now, effects));
    }

    public IReadOnlyCollection<StandbyStream> Standbys => _standbys.Values;

    public IReadOnlyCollection<ActiveStream> Actives => _actives.Values;

    public void Serve(DataPathThread thread, Node node)
    {
        _node = node;
        thread.Serve(_socket.PollHandle, Receive);
    }

    public void Apply(ReadOnlySpan<RowChange> changes)
    {
        foreach (RowChange change in changes)
        {
            switch (change.Key.Kind)
            {
                case RowKind.Node:
                    Forget(change.Key.Id);
                    Learn(change.Row as NodeRow);
                    break;
                case RowKind.Router when change.Row is null:
                    _known.Remove(change.Key.Id);
                    _epochs.Remove(change.Key.Id);
                    break;
                case RowKind.Router when _known.Add(change.Key.Id):
                    AskAgain(change.Key.Id);
                    break;
                default:
                    break;
            }
        }
    }

    public void SetActives(IReadOnlyList<ActiveChange> changes)
    {
        foreach (ActiveChange change in changes)
        {
            _origins.Apply(in change);
            if (change.Here)
            {
                _epochs[change.RouterId] = change.Epoch;
            }
        }
    }

    public void Replicate(ReplicationChange change)
    {
        if (!_standbys.TryGetValue(change.Standby, out StandbyStream? standby))
        {
            _standbys[change.Standby] = standby = new StandbyStream(change.Standby, _node!, _incarnation, _capacity);
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
            _flushed(request);
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

    /// <summary>Sends what is due. After each round of the thread.</summary>
    public void Send()
    {
        if (_standbys.Count == 0)
        {
            return;
        }

        long now = MonotonicTimer.Now;
        foreach (StandbyStream standby in _standbys.Values)
        {
            standby.Advance(_flushed);
            if (_addresses.TryGetValue(standby.Host, out IpAddress address))
            {
                for (int i = 0; i < MostDatagrams && standby.Sender.TryNext(now, _message, out int length); i++)
                {
                    _socket.Send(address, GatewayPorts.Replication, _message.AsSpan(0, length));
                }
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Receive()
    {
        bool more = true;
        for (int batch = 0; more && batch < MostBatches; batch++)
        {
            int count = _socket.Receive(out more);
            for (int i = 0; i < count; i++)
            {
                if (_hosts.TryGetValue(_socket.Arrival(i).Source, out string? host))
                {
                    Receive(host, _socket.Arrival(i).Source, _socket.Payload(i));
                }
            }
        }
    }

    private void Receive(string host, IpAddress address, ReadOnlySpan<byte> message)
    {
        switch (message.Length > 1 ? (MessageKind)message[1] : default)
        {
            case MessageKind.Replicated when _standbys.TryGetValue(host, out StandbyStream? standby):
                standby.Sender.Receive(message, MonotonicTimer.Now);
                break;
            case MessageKind.Replicate:
                int length = ActiveOf(host).Receive(message, DataPathThread.Now, MonotonicTimer.Now, _message);
                if (length > 0)
                {
                    _socket.Send(address, GatewayPorts.Replication, _message.AsSpan(0, length));
                }

                break;
            default:
                // An acknowledgement of what an earlier process sent, or something that a newer one says.
                break;
        }
    }

    private ActiveStream ActiveOf(string host)
    {
        if (!_actives.TryGetValue(host, out ActiveStream? active))
        {
            // A sender takes another number for another process, and begins anew.
            _actives[host] = active = new ActiveStream(host, _node!, _origins, _incarnation + ++_streams, _known.Contains, TellInFull);
        }

        return active;
    }

    private void TellInFull(Guid router, string host, bool inFull) =>
        _tell((election, now, effects) => election.SetReplicated(router, host, inFull, now, effects));

    /// <summary>Has those who said a router's connections before its row came say all again.</summary>
    private void AskAgain(Guid router)
    {
        foreach (ActiveStream active in _actives.Values.Where(active => active.HasMissed(router)).ToList())
        {
            _actives.Remove(active.Host);
            foreach (Guid complete in active.Complete)
            {
                TellInFull(complete, active.Host, false);
            }

            _ = _origins.Forget(active.Host);
        }
    }

    private void Learn(NodeRow? row)
    {
        if (row is not null)
        {
            _nodes[row.NodeId] = row.Host;
            _addresses[row.Host] = row.TunnelAddress;
            _hosts[row.TunnelAddress] = row.Host;
        }
    }

    private void Forget(Guid node)
    {
        if (_nodes.Remove(node, out string? host) && _addresses.Remove(host, out IpAddress address))
        {
            _hosts.Remove(address);
        }
    }
}

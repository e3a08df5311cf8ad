using Vicinal.Datapath;
using Vicinal.Datapath.Connections;
using Vicinal.Devices;
using Vicinal.Devices.Control;
using Vicinal.Forwarding;
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
    private readonly Underlay _underlay;
    private readonly ulong _incarnation;
    private readonly int _capacity;
    private readonly ReplicationPeers _peers = new();
    private readonly byte[] _message = new byte[OutgoingMessage.MaxSize];
    private readonly Action<GatewayInput> _tell;
    private readonly Action<FlushRequest> _flushed;

    // The node is made with this link, so they come when it is there; nothing calls before.
    private StandbyStreams _standbys = null!;
    private ActiveStreams _actives = null!;

    /// <param name="capacity">Records that may wait for one standby.</param>
    /// <param name="tell">Runs on the gateway thread.</param>
    /// <exception cref="DeviceException">The tunnel address is not there, or the port is taken.</exception>
    public ReplicationLink(IpAddress tunnelAddress, Underlay underlay, ulong incarnation, int capacity, Action<GatewayInput> tell)
    {
        _socket = ControlSocket.Open(tunnelAddress, GatewayPorts.Replication, bufferBytes: 8 << 20);
        _underlay = underlay;
        _incarnation = incarnation;
        _capacity = capacity;
        _tell = tell;
        _flushed = flush => tell((election, now, effects) => election.ConnectionsFlushed(flush.RouterId, flush.Standby, now, effects));
    }

    public IReadOnlyCollection<StandbyStream> Standbys => _standbys.All;

    public IReadOnlyCollection<ActiveStream> Actives => _actives.All;

    /// <summary>Datagrams from addresses that no node has, and from where no node is.</summary>
    public long FromStrangers { get; private set; }

    public void Serve(DataPathThread thread, Node node)
    {
        _standbys = new StandbyStreams(node, _incarnation, _capacity, _flushed);
        _actives = new ActiveStreams(node, _incarnation, TellInFull);
        thread.Serve(_socket.PollHandle, Receive);
    }

    public void Apply(ReadOnlySpan<RowChange> changes)
    {
        foreach (RowChange change in changes)
        {
            switch (change.Key.Kind)
            {
                case RowKind.Node:
                    _peers.Apply(change.Key.Id, change.Row as NodeRow);
                    break;
                case RowKind.Router when change.Row is null:
                    _standbys.Forget(change.Key.Id);
                    _actives.Forget(change.Key.Id);
                    break;
                case RowKind.Router:
                    _actives.Learn(change.Key.Id);
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
            _actives.SetActive(in change);
            _standbys.SetActive(in change);
        }
    }

    public void Replicate(ReplicationChange change) => _standbys.Replicate(change);

    public void Flush(FlushRequest request) => _standbys.Flush(request);

    public void Put(in ConnectionRecord record) => _standbys.Put(in record);

    public void Remove(in ConnectionRecord record) => _standbys.Remove(in record);

    /// <summary>Sends what is due. After each round of the thread.</summary>
    public void Send()
    {
        if (_standbys.All.Count == 0)
        {
            return;
        }

        long now = MonotonicTimer.Now;
        foreach (StandbyStream standby in _standbys.All)
        {
            standby.Advance(_flushed);
            if (_peers.AddressOf(standby.Host) is { } address)
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
                ref readonly ControlArrival arrival = ref _socket.Arrival(i);
                if (_peers.TryFind(arrival.Source, out string? host) && _underlay.LeadsHere(arrival.InterfaceIndex))
                {
                    Receive(host, arrival.Source, _socket.Payload(i));
                }
                else
                {
                    FromStrangers++;
                }
            }
        }
    }

    private void Receive(string host, IpAddress address, ReadOnlySpan<byte> message)
    {
        switch (message.Length > 1 ? (MessageKind)message[1] : default)
        {
            case MessageKind.Replicated when _standbys.Find(host) is { } standby:
                standby.Sender.Receive(message, MonotonicTimer.Now);
                break;
            case MessageKind.Replicate:
                int length = _actives.Of(host).Receive(message, DataPathThread.Now, MonotonicTimer.Now, _message);
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

    private void TellInFull(Guid router, string host, bool inFull) =>
        _tell((election, now, effects) => election.SetReplicated(router, host, inFull, now, effects));
}

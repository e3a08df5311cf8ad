using Microsoft.Extensions.Logging;
using Vicinal.Devices;
using Vicinal.Forwarding;
using Vicinal.Gateways.Elections;
using Vicinal.Protocol.Gateways;

namespace Vicinal.Agent.Gateways;

/// <summary>
/// The thread that agrees with other nodes on who serves which gateway. It runs before all others where it may, hears everything that has arrived before it
/// looks at a timer, and allocates nothing while nothing changes; other threads post to it.
/// </summary>
public sealed class GatewayThread : IDisposable
{
    /// <summary>In ns: whether the data path still goes round is looked at so often at the least.</summary>
    private const long LongestWait = 100_000_000;

    /// <summary>In ns, between two errors that are told: one that comes back each round must not fill the log.</summary>
    private const long ErrorInterval = 1_000_000_000;

    /// <summary>In ns. At real-time priority this thread may take half of a processor at the most, whatever arrives.</summary>
    private const long ShortestPause = 100_000;

    private readonly GatewayElection _election;
    private readonly GatewayEffects _effects = new();
    private readonly GatewaySockets _sockets;
    private readonly GatewayActions _actions;
    private readonly IGatewayDataPath _dataPath;
    private readonly ILogger _log;
    private readonly Poller _poller = new();
    private readonly MonotonicTimer _timer = new();
    private readonly StallMeter _stalls = new();
    private readonly GatewayInbox _inbox = new();
    private readonly PollEvent[] _events = new PollEvent[8];
    private readonly Thread _thread;
    private TaskCompletionSource? _leaving;
    private string? _realTimeRefusal;
    private long _due;
    private long _resting;
    private long _nextError;
    private bool _hasRows;
    private bool _ready;
    private volatile bool _stopping;

    internal GatewayThread(GatewaySettings settings, GatewaySockets sockets, IGatewayDataPath dataPath, Action<GatewayRoleReport> report, ILogger log)
    {
        _election = new GatewayElection(settings, MonotonicTimer.Now);
        _sockets = sockets;
        _dataPath = dataPath;
        _log = log;
        _actions = new GatewayActions(settings.Host, sockets, dataPath, _election.Hosts, Post, report, log);
        _thread = new Thread(Loop) { IsBackground = true, Name = "gateways" };
        _timer.Set(0);
        _poller.Add(_timer.PollHandle, _timer.PollHandle);
        sockets.Watch(_poller);
    }

    public void Start() => _thread.Start();

    /// <summary>Rows that are in force in the data path. Any thread may call it; the first call has the whole first state.</summary>
    public void Apply(IReadOnlyList<RowChange> changes)
    {
        RowChange[] concerned = [.. changes.Where(change => change.Key.Kind is RowKind.Node or RowKind.Router or RowKind.ExternalGateway or RowKind.GatewayPolicy)];
        Post((election, now, effects) =>
        {
            election.Apply(concerned, now, effects);
            _actions.Apply(concerned);
            _hasRows = true;
        });
    }

    /// <summary>Hands over what this node serves; the task ends when nothing is left, or when nobody takes it within the time.</summary>
    public Task LeaveAsync(TimeSpan limit)
    {
        TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post((election, now, effects) =>
        {
            _leaving = left;
            election.Leave(now, effects);
        });
        return Task.WhenAny(left.Task, Task.Delay(limit));
    }

    public void Dispose()
    {
        _stopping = true;
        _poller.Wake();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        _poller.Dispose();
        _timer.Dispose();
        _sockets.Dispose();
    }

    internal void Post(GatewayInput input)
    {
        _inbox.Put(input);
        _poller.Wake();
    }

    /// <summary>Everything at one moment. Any thread may call it.</summary>
    internal Task<GatewayReport> ReadAsync()
    {
        TaskCompletionSource<GatewayReport> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post((_, _, _) => answer.SetResult(Read()));
        return answer.Task;
    }

    /// <summary>Waits for something to do, and does it.</summary>
    internal void Round()
    {
        MonotonicTimer.Sleep(_resting);
        _timer.Set(_due);
        _ = _poller.Wait(_events, -1);
        long now = MonotonicTimer.Now;
        if (now >= _due)
        {
            _stalls.Note(now - _due);
        }

        try
        {
            // What has arrived was there before the timers were due, however late this thread is.
            _sockets.Drain(_election, _effects);
            RunPosted();
            LookAtDataPath();
            _election.Tick(MonotonicTimer.Now, _effects);
        }
        catch (Exception e)
        {
            // What was said so far is carried out. Without renewals the lease ends by itself.
            if (now >= _nextError)
            {
                _nextError = now + ErrorInterval;
                _log.LogError(e, "the gateway thread met an unexpected error and goes on");
            }
        }

        _actions.CarryOut(_effects);
        _effects.Clear();
        long ended = MonotonicTimer.Now;
        _resting = ended + Math.Max(ShortestPause, ended - now);
        _due = Math.Clamp(_election.NextDue, _resting, Math.Max(_resting, ended + LongestWait));
        if (_leaving is not null && _election.HasLeft)
        {
            _leaving.TrySetResult();
        }
    }

    private void Loop()
    {
        _realTimeRefusal = RealTimeThread.TryEnter();
        if (_realTimeRefusal is not null)
        {
            _log.LogWarning("The gateway thread has no real-time priority, and a busy machine may keep it waiting: {Reason}", _realTimeRefusal);
        }

        _due = MonotonicTimer.Now;
        while (!_stopping)
        {
            Round();
        }
    }

    private void RunPosted()
    {
        while (_inbox.Take() is { } input)
        {
            input(_election, MonotonicTimer.Now, _effects);
        }
    }

    private GatewayReport Read()
    {
        List<GatewayView> routers = [];
        List<WitnessView> witnesses = [];
        List<PeerView> peers = [];
        _election.CopyViews(routers);
        _election.CopyWitnesses(witnesses);
        _election.CopyPeers(peers);
        return new GatewayReport(
            _ready, _realTimeRefusal, _dataPath.Lease.ShortUntil, _dataPath.Lease.LongUntil, routers, _actions.Since(), witnesses, peers,
            new StallReport(_stalls.Samples, _stalls.Percentile(0.99), _stalls.Longest, [.. _stalls.Buckets()]), _sockets.FromStrangers, _sockets.WrongHopLimit);
    }

    private void LookAtDataPath()
    {
        long now = MonotonicTimer.Now;

        // Without rows there are no elections as far as is known here, and thus no end to any lease.
        bool ready = _hasRows && _dataPath.Pulse.IsFresh(now);
        if (ready != _ready)
        {
            _ready = ready;
            _actions.SetReady(ready);
            _election.SetReady(ready, now, _effects);
            if (!ready)
            {
                _log.LogError("The data path does not go round: this node serves no leased router until it does");
            }
        }
    }
}

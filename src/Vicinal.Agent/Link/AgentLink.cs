using Microsoft.Extensions.Logging;
using Vicinal.Forwarding;
using Vicinal.Protocol;
using Vicinal.Protocol.Gateways;
using Vicinal.Protocol.Mirror;
using Vicinal.Protocol.Security;
using Vicinal.Protocol.Units;
using Wire = Vicinal.Protocol.Wire;

namespace Vicinal.Agent.Link;

/// <summary>
/// The agent's side of its stream: keeps one open to one of the servers, hands what arrives to the data path barrier by
/// barrier, and tells the server what the node has put into force. While no server is there, the node keeps what it has, and
/// the next stream goes on from it.
/// </summary>
public sealed class AgentLink : IDisposable
{
    /// <summary>A server that takes longer to say welcome is left for the next one.</summary>
    private static readonly TimeSpan s_openingTime = TimeSpan.FromSeconds(15);

    private readonly AgentSettings _settings;
    private readonly Wire.Hello _identity;
    private readonly Func<LinkBatch, Task> _apply;
    private readonly Func<IReadOnlyDictionary<string, long>> _counters;
    private readonly Func<double> _chance;
    private readonly ILogger _log;
    private readonly LinkState _state;

    // Used by the task that reads the stream alone.
    private readonly UnitMirror _mirror = new();

    // Guarded by itself: the data path reports from its own thread.
    private readonly LinkOutbox _outbox = new();
    private readonly SemaphoreSlim _news = new(0, 1);
    private byte[] _epoch = [];
    private long _revision;
    private volatile string? _server;

    /// <param name="apply">Puts a batch into force; called for one batch at a time. What it throws is blamed on single rows.</param>
    /// <param name="counters">What each heartbeat tells of the node.</param>
    /// <param name="chance">0 up to 1, for the waits between attempts.</param>
    public AgentLink(
        AgentSettings settings,
        Guid agentId,
        DateTimeOffset startedAt,
        Func<LinkBatch, Task> apply,
        Func<IReadOnlyDictionary<string, long>> counters,
        Func<double> chance,
        ILogger log,
        LinkBackoff? backoff = null)
    {
        _settings = settings;
        _apply = apply;
        _counters = counters;
        _chance = chance;
        _log = log;
        _state = new LinkState(settings.Servers.Count, backoff ?? new LinkBackoff());
        _identity = LinkHello.Of(settings, agentId, startedAt);
    }

    /// <summary>The server that serves this agent now, or null.</summary>
    public string? ConnectedTo => _server;

    /// <summary>The last revision in force on the node.</summary>
    public long Revision => Interlocked.Read(ref _revision);

    /// <summary>The newest word on a port of this node. Any thread may call it, connected or not.</summary>
    public void Report(PortReport report)
    {
        lock (_outbox)
        {
            _outbox.Port(report.PortId, report.Up, report.Reason);
        }

        Wake();
    }

    /// <summary>What this node is for a router's gateway from now on. Any thread may call it, connected or not.</summary>
    public void Report(GatewayRoleReport report)
    {
        lock (_outbox)
        {
            _outbox.Gateway(report);
        }

        Wake();
    }

    /// <summary>Keeps a stream until cancelled.</summary>
    /// <exception cref="InvalidOperationException">The certificate files cannot be used.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using TlsIdentity? tls = _settings.Tls is { } files ? TlsIdentity.Load(files.Certificate, files.Key, files.Authority) : null;
        LinkHello.WarnOfPlainText(_settings, _log);
        while (!cancellation.IsCancellationRequested)
        {
            string server = _settings.Servers[_state.Server];
            try
            {
                await ServeAsync(server, tls, cancellation);
                _log.LogInformation("The server {Server} ended the stream", server);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                _log.LogWarning("No stream to the server {Server}: {Reason}", server, Innermost(failure));
            }
            finally
            {
                _server = null;
                _mirror.Discard();
            }

            try
            {
                await Task.Delay(_state.Lost(_chance()), cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>After <see cref="RunAsync"/> has ended, and the last report was made.</summary>
    public void Dispose() => _news.Dispose();

    private async Task ServeAsync(string server, TlsIdentity? tls, CancellationToken cancellation)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using CancellationTokenSource opening = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        opening.CancelAfter(s_openingTime);
        using ServerStream stream = await ServerStream.OpenAsync(server, tls, Hello(), opening.Token);
        Wire.Welcome welcome = await WelcomeAsync(stream, opening.Token);
        opening.CancelAfter(Timeout.InfiniteTimeSpan);
        _log.LogInformation("Connected to the server {Server}", server);
        _server = server;
        lock (_outbox)
        {
            _outbox.Restart();
        }

        Task sending = SendAsync(stream, TimeSpan.FromMilliseconds(welcome.HeartbeatMilliseconds), ending.Token);
        Task receiving = ReceiveAsync(stream, welcome.Epoch.ToByteArray(), ending.Token);
        try
        {
            // Whichever ends first ends the stream, and its failure is the one to tell.
            await await Task.WhenAny(sending, receiving);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(sending, receiving).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private Wire.Hello Hello()
    {
        Wire.Hello hello = _identity.Clone();
        hello.Epoch = Google.Protobuf.ByteString.CopyFrom(_epoch);
        hello.Held.AddRange(_mirror.Held());
        return hello;
    }

    private static async Task<Wire.Welcome> WelcomeAsync(ServerStream stream, CancellationToken cancellation)
    {
        Wire.ServerMessage? first = await stream.ReadAsync(cancellation);
        return first switch
        {
            null => throw new WireFault("the server ended the stream without a word"),
            { Refused: { } refused } => throw new WireFault($"the server refused this agent: {refused.Reason}"),
            { Welcome: { Version: ProtocolVersion.Current, HeartbeatMilliseconds: > 0 } welcome } => welcome,
            { Welcome: { } welcome } => throw new WireFault($"the server speaks version {welcome.Version}, this agent {ProtocolVersion.Current}"),
            _ => throw new WireFault($"{first.BodyCase} where the welcome was to come"),
        };
    }

    private async Task SendAsync(ServerStream stream, TimeSpan heartbeat, CancellationToken cancellation)
    {
        while (true)
        {
            List<Wire.AgentMessage> messages;
            lock (_outbox)
            {
                messages = _outbox.Take();
            }

            if (messages.Count == 0 && !await _news.WaitAsync(heartbeat, cancellation))
            {
                Wire.Heartbeat beat = new();
                beat.Counters.Add(new Dictionary<string, long>(_counters()));
                messages.Add(new Wire.AgentMessage { Heartbeat = beat });
            }

            if (messages.Count > 0)
            {
                await stream.WriteAsync(messages, cancellation);
            }
        }
    }

    private async Task ReceiveAsync(ServerStream stream, byte[] epoch, CancellationToken cancellation)
    {
        while (await stream.ReadAsync(cancellation) is { } message)
        {
            switch (message.BodyCase)
            {
                case Wire.ServerMessage.BodyOneofCase.UnitState:
                    _mirror.Stage(message.UnitState);
                    break;
                case Wire.ServerMessage.BodyOneofCase.UnitDelta:
                    _mirror.Stage(message.UnitDelta);
                    break;
                case Wire.ServerMessage.BodyOneofCase.UnitDropped:
                    _mirror.Stage(message.UnitDropped);
                    break;
                case Wire.ServerMessage.BodyOneofCase.Barrier:
                    MirrorBatch batch = _mirror.Apply(message.Barrier.Revision);

                    // The first round of a stream renews or renumbers all that is held: only now do its revisions belong to this server.
                    _epoch = epoch;
                    await PutIntoForceAsync(batch);
                    break;
                case Wire.ServerMessage.BodyOneofCase.Refused:
                    throw new WireFault($"the server refused this agent: {message.Refused.Reason}");
                default:
                    // A newer server may say more than this agent understands.
                    break;
            }
        }
    }

    private async Task PutIntoForceAsync(MirrorBatch batch)
    {
        List<RowProblem> problems = [.. batch.Problems];
        await ApplyAsync(batch.Revision, batch.Changes, problems);
        foreach (RowProblem problem in problems)
        {
            _mirror.Refuse(problem.Unit, problem.Key);
            _log.LogError("A row of {Unit} is not in force: {Reason}", problem.Unit, problem.Reason);
        }

        Interlocked.Exchange(ref _revision, batch.Revision);
        _state.Served();
        lock (_outbox)
        {
            Tell(batch, problems);
        }

        Wake();
    }

    /// <summary>Under the outbox's lock.</summary>
    private void Tell(MirrorBatch batch, List<RowProblem> problems)
    {
        problems.ForEach(problem => _outbox.Fault(problem, batch.Revision));
        foreach (UnitId unit in batch.Gaps)
        {
            _outbox.Resync(unit, "the changes do not follow on what is held");
        }

        foreach (UnitId unit in batch.Renewed.Where(unit => unit.Kind == UnitKind.Port))
        {
            _outbox.Repeat(unit.Id);
        }

        foreach (RowChange change in batch.Changes.Where(change => change.Key.Kind == RowKind.LocalPort && change.Row is null))
        {
            _outbox.Forget(change.Key.Id);
        }

        // With a gap the node is not at the revision; the barrier behind the whole state will be.
        if (batch.Gaps.Count == 0)
        {
            _outbox.Applied(batch.Revision);
        }
    }

    /// <summary>A batch that fails is halved until the rows that fail stand alone; the others are in force.</summary>
    private async Task ApplyAsync(long revision, IReadOnlyList<RowChange> changes, List<RowProblem> problems)
    {
        try
        {
            await _apply(new LinkBatch(revision, changes));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            if (changes.Count <= 1)
            {
                problems.AddRange(changes.Select(change => new RowProblem(change.Unit, change.Key, failure.Message)));
                return;
            }

            int half = changes.Count / 2;
            await ApplyAsync(revision, [.. changes.Take(half)], problems);
            await ApplyAsync(revision, [.. changes.Skip(half)], problems);
        }
    }

    private void Wake()
    {
        try
        {
            _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // The sender has been woken already and takes all that there is.
        }
    }

    private static string Innermost(Exception failure) => failure.GetBaseException().Message;
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Vicinal.Compiler;
using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Gateways;
using Vicinal.Server.Writing;

namespace Vicinal.Server.Distribution;

/// <summary>
/// Compiles what the writer publishes, on a thread of its own, and tells the sessions of the hosts concerned. Publications
/// that wait while one is compiled are compiled together, so that it keeps up with any rate of writes.
/// </summary>
public sealed class Distributor : IAsyncDisposable
{
    private readonly string _cloudDomain;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly StatusWriter _statuses;
    private readonly UnitFrames _frames;
    private readonly TopologyWriter _writer;
    private readonly BlockingCollection<(Publication Publication, long DurableAt)> _published = [];
    private readonly ConcurrentDictionary<string, AgentConnection> _connections = new(StringComparer.Ordinal);
    private readonly NodeWords _words;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The compiler's thread alone.
    private ForwardingCompiler _compiler;
    private Topology? _compiled;
    private long? _uncompiledFrom;

    private volatile DistributionView _view;
    private volatile TaskCompletionSource _advanced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="cloudDomain">The domain of instances whose network has none.</param>
    public Distributor(TopologyWriter writer, string cloudDomain, TimeProvider time, ILogger<Distributor> log)
    {
        _cloudDomain = cloudDomain;
        _compiler = new ForwardingCompiler(cloudDomain);
        _writer = writer;
        _log = log;
        _time = time;
        _frames = new UnitFrames(log);
        _view = new DistributionView(ForwardingSnapshot.Empty, _frames);
        Applied = new AppliedRevisions(time);
        _statuses = new StatusWriter(writer, log);
        Gateways = new ActiveGateways(time, log);
        _words = new NodeWords(_statuses, Gateways);
        GatewayReports = new GatewayReports(Gateways, _words, time, log);
        Topology start = writer.Subscribe(Enqueue);
        new Thread(() => Loop(start)) { IsBackground = true, Name = "compiler" }.Start();
    }

    /// <summary>Made anew at each start: revisions of units are comparable within one epoch.</summary>
    public Guid Epoch { get; } = Guid.NewGuid();

    public AppliedRevisions Applied { get; }

    public ActiveGateways Gateways { get; }

    internal GatewayReports GatewayReports { get; }

    /// <summary>The newest revision of the model, which may be on its way through the compiler.</summary>
    public long Published => _writer.Current.Revision;

    /// <summary>The newest compiled state, for whoever wants to look at it.</summary>
    public ForwardingSnapshot Snapshot => _view.Snapshot;

    /// <summary>How many states and deltas were encoded since the start.</summary>
    public int Encodings => _frames.Encodings;

    internal DistributionView View => _view;

    /// <summary>For tests: called before each compilation, of changes (true) or of everything, and may throw like a bug in it.</summary>
    internal Action<bool>? BeforeCompiling { get; set; }

    /// <summary>Ends when the revision is compiled, so that everything it concerns is known.</summary>
    public async Task WaitForAsync(long revision, CancellationToken cancellation = default)
    {
        while (true)
        {
            Task advanced = _advanced.Task;
            if (_view.Revision >= revision)
            {
                return;
            }

            await advanced.WaitAsync(cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _published.CompleteAdding();
        await _stopped.Task;
        GatewayReports.Dispose();
        await _statuses.DisposeAsync();
    }

    /// <summary>One agent for each host: false when another node holds the name and is alive.</summary>
    internal bool TryJoin(AgentConnection connection, [NotNullWhen(false)] out AgentConnection? holder)
    {
        while (true)
        {
            holder = _connections.GetOrAdd(connection.Host, connection);
            if (holder == connection)
            {
                return true;
            }

            // The same agent is back before its old stream was found to be dead.
            if (holder.AgentId != connection.AgentId)
            {
                return false;
            }

            holder.Supersede();
            if (_connections.TryUpdate(connection.Host, connection, holder))
            {
                return true;
            }
        }
    }

    internal void Leave(AgentConnection connection)
    {
        if (_connections.TryRemove(new KeyValuePair<string, AgentConnection>(connection.Host, connection)))
        {
            _words.Forget(connection.Host);
        }
    }

    internal void AppliedBy(string host, long revision)
    {
        Applied.Applied(host, revision);
        _words.Applied(host, revision);
    }

    internal void PortReported(string host, Guid port, bool up) => _words.PortReported(host, port, up);

    internal bool IsConnected(string host) => _connections.ContainsKey(host);

    /// <summary>What the host's agent counted, as of its last heartbeat; empty without an agent.</summary>
    public IReadOnlyDictionary<string, long> CountersOf(string host) =>
        _connections.TryGetValue(host, out AgentConnection? connection) ? connection.Counters : ImmutableDictionary<string, long>.Empty;

    /// <summary>On the writer's thread.</summary>
    private void Enqueue(Publication publication)
    {
        try
        {
            _published.Add((publication, _time.GetTimestamp()));
        }
        catch (InvalidOperationException)
        {
            // The server stops: agents hear of it from the next one.
        }
    }

    private void Loop(Topology start)
    {
        try
        {
            Compile(new Publication(Topology.Empty, start, []), start.Revision, _time.GetTimestamp());
            List<Publication> waiting = [];
            foreach ((Publication first, long durableAt) in _published.GetConsumingEnumerable())
            {
                waiting.Add(first);
                while (_published.TryTake(out (Publication Publication, long) next))
                {
                    waiting.Add(next.Publication);
                }

                Publication all = waiting.Count == 1
                    ? first
                    : new Publication(first.Before, waiting[^1].After, [.. waiting.SelectMany(publication => publication.Changes)]);
                waiting.Clear();
                Compile(all, first.Revision, durableAt);
            }
        }
        finally
        {
            _stopped.TrySetResult();
        }
    }

    private void Compile(Publication publication, long firstRevision, long durableAt)
    {
        long first = _uncompiledFrom ?? firstRevision;
        try
        {
            if (!TryCompileChanges(publication, first, durableAt))
            {
                CompileAll(publication.After, first, durableAt);
            }

            (_compiled, _uncompiledFrom) = (publication.After, null);
        }
        catch (Exception failure)
        {
            // The agents keep what they have; the next publication is compiled from nothing.
            _log.LogCritical(failure, "Revision {Revision} cannot be compiled", publication.Revision);
            (_compiled, _uncompiledFrom) = (null, first);
        }

        Interlocked.Exchange(ref _advanced, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private bool TryCompileChanges(Publication publication, long first, long durableAt)
    {
        if (!ReferenceEquals(publication.Before, _compiled))
        {
            return false;
        }

        CompileResult result;
        try
        {
            BeforeCompiling?.Invoke(true);
            result = _compiler.Apply(publication.Before, publication.After, publication.Changes);
        }
        catch (Exception failure)
        {
            _log.LogCritical(failure, "Revision {Revision} could not be compiled from the one before; compiling from nothing", publication.Revision);
            return false;
        }

        List<(string Host, UnitId Unit)> marks = [.. result.Subscriptions.Select(change => (change.Host, change.Unit))];
        foreach (IGrouping<UnitId, RowChange> unit in result.Rows.GroupBy(change => change.Unit))
        {
            _frames.Record(unit.Key, result.Before.Unit(unit.Key).Revision, result.After.Unit(unit.Key).Revision, [.. unit]);
            marks.AddRange(result.After.HostsOf(unit.Key).Select(host => (host, unit.Key)));
        }

        ForgetRemoved(publication);
        _words.Compiled(publication.Changes, result.Rows, result.After);
        Publish(result.After, publication.After, marks.Select(mark => mark.Host), first, durableAt);
        foreach ((string host, UnitId unit) in marks)
        {
            if (_connections.TryGetValue(host, out AgentConnection? connection))
            {
                connection.Mark(unit);
            }
        }

        return true;
    }

    /// <summary>Nobody waits for a node whose agent was deleted.</summary>
    private void ForgetRemoved(Publication publication)
    {
        foreach (Agent gone in publication.Changes.Where(static change => change.After is null).Select(static change => change.Before).OfType<Agent>())
        {
            if (!publication.After.AgentsByHost.ContainsKey(gone.Host))
            {
                Applied.Removed(gone.Host);
            }
        }
    }

    /// <summary>The full build numbers every unit anew, and no delta leads there from what was before.</summary>
    private void CompileAll(Topology topology, long first, long durableAt)
    {
        BeforeCompiling?.Invoke(false);
        _compiler = ForwardingCompiler.Full(topology, _cloudDomain);
        ForwardingSnapshot snapshot = _compiler.Snapshot;
        _frames.Clear();
        _words.Compiled(snapshot);
        Publish(snapshot, topology, snapshot.Hosts, first, durableAt);
        foreach (AgentConnection connection in _connections.Values)
        {
            connection.MarkAll();
        }
    }

    /// <summary>In this order: who sees the revision compiled finds its nodes. Sessions are marked afterwards, so that they find the view.</summary>
    private void Publish(ForwardingSnapshot snapshot, Topology topology, IEnumerable<string> hosts, long first, long durableAt)
    {
        HashSet<string> concerned = new(hosts.Where(topology.AgentsByHost.ContainsKey), StringComparer.Ordinal);
        Applied.Compiled(first, topology.Revision, concerned, durableAt);
        _view = new DistributionView(snapshot, _frames);
    }
}

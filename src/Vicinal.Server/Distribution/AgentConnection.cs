using System.Collections.Immutable;
using System.IO.Pipelines;
using Vicinal.Forwarding;
using Vicinal.Protocol.Rows;
using Vicinal.Protocol.Sessions;
using Wire = Vicinal.Protocol.Wire;

namespace Vicinal.Server.Distribution;

/// <summary>
/// One agent's stream while it lasts. Other threads only leave marks; the pump takes them when the stream has room. What waits
/// for a slow agent is a set of unit ids, and one frame.
/// </summary>
internal sealed class AgentConnection : IDisposable
{
    /// <summary>Small frames share a flush up to so many bytes.</summary>
    private const int FlushSize = 32 << 10;

    private readonly Distributor _distributor;
    private readonly AgentSession _session;
    private readonly SemaphoreSlim _news = new(1);
    private readonly CancellationTokenSource _ending = new();

    // Guarded by _lock; swapped out by the pump.
    private readonly Lock _lock = new();
    private HashSet<UnitId> _marks = [];
    private List<UnitId> _forgotten = [];
    private long _acknowledged = -1;
    private bool _markAll = true;
    private bool _disposed;

    public AgentConnection(Distributor distributor, Wire.Hello hello)
    {
        _distributor = distributor;
        Host = hello.Host;
        AgentId = WireValues.Id(hello.AgentId);
        _session = new AgentSession(hello, distributor.Epoch);
    }

    public string Host { get; }

    public Guid AgentId { get; }

    /// <summary>Of the last heartbeat.</summary>
    public IReadOnlyDictionary<string, long> Counters { get; set; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>Cancelled when the same agent is back with a newer stream.</summary>
    public CancellationToken Ending => _ending.Token;

    public void Supersede()
    {
        try
        {
            _ending.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself meanwhile.
        }
    }

    public void Mark(UnitId unit)
    {
        lock (_lock)
        {
            _marks.Add(unit);
        }

        Wake();
    }

    public void MarkAll()
    {
        lock (_lock)
        {
            _markAll = true;
        }

        Wake();
    }

    public void Acknowledge(long revision)
    {
        lock (_lock)
        {
            _acknowledged = Math.Max(_acknowledged, revision);
        }

        Wake();
    }

    public void Forget(UnitId unit)
    {
        lock (_lock)
        {
            _forgotten.Add(unit);
        }

        Wake();
    }

    /// <summary>Brings the agent to the newest state again and again, as fast as it takes it.</summary>
    public async Task PumpAsync(PipeWriter output, CancellationToken cancellation)
    {
        while (true)
        {
            await _news.WaitAsync(cancellation);

            DistributionView view = TakeMarks();
            if (_session.HasWork && !await SendRoundAsync(view, output, cancellation))
            {
                return;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _ending.Dispose();
            _news.Dispose();
        }
    }

    /// <returns>The view that has all that was marked.</returns>
    private DistributionView TakeMarks()
    {
        HashSet<UnitId> marks;
        List<UnitId> forgotten;
        bool all;
        long acknowledged;
        lock (_lock)
        {
            (marks, _marks) = (_marks, []);
            (forgotten, _forgotten) = (_forgotten, []);
            (all, _markAll) = (_markAll, false);
            acknowledged = _acknowledged;
        }

        // Marks are made when their view is there, so it is read after them.
        DistributionView view = _distributor.View;
        foreach (UnitId unit in marks)
        {
            _session.Mark(unit);
        }

        _session.Acknowledge(acknowledged);
        forgotten.ForEach(_session.Forget);
        if (all)
        {
            _session.MarkAll(view);
        }

        return view;
    }

    private async Task<bool> SendRoundAsync(DistributionView view, PipeWriter output, CancellationToken cancellation)
    {
        foreach (ReadOnlyMemory<byte> frame in _session.Round(view))
        {
            System.Buffers.BuffersExtensions.Write(output, frame.Span);
            if (output.UnflushedBytes >= FlushSize && (await output.FlushAsync(cancellation)).IsCompleted)
            {
                return false;
            }
        }

        return !(await output.FlushAsync(cancellation)).IsCompleted;
    }

    private void Wake()
    {
        lock (_lock)
        {
            // One release is enough: the pump takes everything. A mark may come just after the stream has ended.
            if (!_disposed && _news.CurrentCount == 0)
            {
                _news.Release();
            }
        }
    }
}

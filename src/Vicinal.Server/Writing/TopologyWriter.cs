using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Vicinal.Model;
using Vicinal.Server.Store;

namespace Vicinal.Server.Writing;

/// <param name="QueueLength">Requests that may wait; one more is refused with 503.</param>
/// <param name="BatchLength">Requests that share one commit at most, which bounds how long the first of them waits.</param>
public sealed record TopologyWriterOptions(int QueueLength = 4096, int BatchLength = 512);

/// <summary>
/// The one writer of the model. Requests queue; its thread takes all that wait, runs each on top of the one before, makes
/// one durable commit for the batch, publishes, and only then answers. While a commit runs the next batch gathers, so
/// concurrent writers share a sync and a lone one waits for its own only. Readers take <see cref="Current"/> and never wait.
/// </summary>
public sealed class TopologyWriter : IAsyncDisposable
{
    private readonly IStore _store;
    private readonly TimeProvider _time;
    private readonly Func<Guid> _newId;
    private readonly TopologyWriterOptions _options;
    private readonly ILogger _log;
    private readonly BlockingCollection<WriteRequest> _queue;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _subscribing = new();

    // Replaced under _subscribing, read by the writer's thread.
    private volatile Action<Publication>[] _subscribers = [];

    // Swapped by the writer's thread only, after the commit.
    private volatile Topology _current;

    private TopologyWriter(
        IStore store, Topology start, TimeProvider time, Func<Guid> newId, TopologyWriterOptions options, ILogger log)
    {
        _store = store;
        _current = start;
        _time = time;
        _newId = newId;
        _options = options;
        _log = log;
        _queue = new BlockingCollection<WriteRequest>(options.QueueLength);
        new Thread(Loop) { IsBackground = true, Name = "writer" }.Start();
    }

    /// <summary>The newest published snapshot: everything in it is durable.</summary>
    public Topology Current => _current;

    /// <summary>Requests that the writer has not taken yet.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Loads the store, which the writer owns from here on, and starts the writer's thread.</summary>
    public static TopologyWriter Open(
        IStore store,
        TimeProvider? time = null,
        Func<Guid>? newId = null,
        TopologyWriterOptions? options = null,
        ILogger<TopologyWriter>? log = null) =>
        new(
            store,
            StoredTopology.Build(store.Load()),
            time ?? TimeProvider.System,
            newId ?? Guid.NewGuid,
            options ?? new TopologyWriterOptions(),
            log ?? NullLogger<TopologyWriter>.Instance);

    /// <summary>
    /// Queues an edit and answers when it is durable and published. The edit runs on the writer's thread, must not block,
    /// and refuses by throwing (<see cref="NeutronFault"/> for what the caller did wrong): then nothing of it has happened.
    /// A cancellation counts until the edit runs; after that the answer tells what happened.
    /// </summary>
    public Task<Written<T>> WriteAsync<T>(Func<TopologyEdit, T> edit, CancellationToken cancellation = default)
    {
        WriteRequest<T> request = new(edit, cancellation);
        try
        {
            if (!_queue.TryAdd(request))
            {
                request.Fail(WriterFaults.Busy());
            }
        }
        catch (InvalidOperationException)
        {
            // The queue takes no more.
            request.Fail(WriterFaults.Stopping());
        }

        return request.Task;
    }

    /// <summary>An edit without an answer of its own; tells the revision that holds it.</summary>
    public async Task<long> WriteAsync(Action<TopologyEdit> edit, CancellationToken cancellation = default)
    {
        Written<bool> written = await WriteAsync(
            topology =>
            {
                edit(topology);
                return true;
            },
            cancellation);
        return written.Revision;
    }

    /// <summary>
    /// From the returned snapshot on, each publication is handed over once and in order, on the writer's thread and before
    /// the caller has its answer. The handler must be quick and is expected to queue.
    /// </summary>
    public Topology Subscribe(Action<Publication> handler)
    {
        // The writer publishes under the same lock, so no publication falls between the snapshot and the first call.
        lock (_subscribing)
        {
            _subscribers = [.. _subscribers, handler];
            return _current;
        }
    }

    /// <summary>Answers what has been queued, then stops and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _stopped.Task;
    }

    private void Loop()
    {
        List<WriteRequest> batch = new(_options.BatchLength);
        try
        {
            foreach (WriteRequest first in _queue.GetConsumingEnumerable())
            {
                batch.Add(first);
                while (batch.Count < _options.BatchLength && _queue.TryTake(out WriteRequest? next))
                {
                    batch.Add(next);
                }

                Serve(batch);
                batch.Clear();
            }
        }
        finally
        {
            _store.Dispose();
            _stopped.TrySetResult();
        }
    }

    private void Serve(List<WriteRequest> batch)
    {
        WriteBatch run = WriteBatch.Run(_current, batch, _time.GetUtcNow(), _newId);
        if (run.Publications.Count > 0 && !TryCommit(run))
        {
            return;
        }

        foreach (Publication publication in run.Publications)
        {
            Publish(publication);
        }

        run.CompleteAll();
    }

    private bool TryCommit(WriteBatch run)
    {
        try
        {
            _store.Commit(StoreCommit.Between(run.Before, run.After, run.Changes));
            return true;
        }
        catch (Exception reason)
        {
            _log.LogCritical(reason, "{Count} writes are lost to their callers, who are told: the store did not commit", run.Publications.Count);
            run.FailAll(WriterFaults.NotStored(reason));
            return false;
        }
    }

    private void Publish(Publication publication)
    {
        lock (_subscribing)
        {
            _current = publication.After;
            foreach (Action<Publication> subscriber in _subscribers)
            {
                try
                {
                    subscriber(publication);
                }
                catch (Exception reason)
                {
                    // The write is durable and published; a subscriber that fails must not make it look refused.
                    _log.LogError(reason, "A subscriber failed on revision {Revision}", publication.Revision);
                }
            }
        }
    }
}

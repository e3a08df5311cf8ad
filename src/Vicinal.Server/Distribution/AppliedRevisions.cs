namespace Vicinal.Server.Distribution;

/// <summary>
/// Which nodes each recent revision concerns and which of them have it in force. Edits that were compiled together share
/// their nodes. Any thread may call it.
/// </summary>
/// <param name="kept">How many compilations are remembered.</param>
public sealed class AppliedRevisions(TimeProvider time, int kept = 2048)
{
    private readonly Lock _lock = new();
    private readonly Queue<Entry> _entries = new();
    private readonly Dictionary<string, Queue<Entry>> _pendingByHost = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _newest = new(StringComparer.Ordinal);

    /// <summary>A host has a newer revision in force than before. Called on the thread of its stream; what listens must be quick.</summary>
    internal event Action<string>? Advanced;

    /// <summary>Null for a revision that is no longer, or not yet, remembered.</summary>
    public RevisionProgress? Find(long revision)
    {
        lock (_lock)
        {
            if (EntryOf(revision) is not { } entry)
            {
                return null;
            }

            TimeSpan elapsed = entry.Elapsed ?? time.GetElapsedTime(entry.DurableAt);
            return new RevisionProgress(
                revision,
                entry.Nodes,
                entry.Nodes - entry.Pending.Count,
                Math.Round(elapsed.TotalMilliseconds, 3),
                [.. entry.Pending.Order(StringComparer.Ordinal)]);
        }
    }

    /// <summary>Ends when all nodes that the revision concerns have it in force, or at once when it is not remembered.</summary>
    public Task WhenAppliedAsync(long revision)
    {
        lock (_lock)
        {
            return EntryOf(revision)?.Completed ?? Task.CompletedTask;
        }
    }

    /// <param name="first">The first revision that was compiled, and <paramref name="last"/> the last.</param>
    /// <param name="durableAt">A timestamp of the time provider.</param>
    internal void Compiled(long first, long last, IReadOnlyCollection<string> hosts, long durableAt)
    {
        Entry entry = new(first, last, hosts.Count, durableAt, new HashSet<string>(hosts, StringComparer.Ordinal));
        lock (_lock)
        {
            EndIfApplied(entry);
            foreach (string host in hosts)
            {
                if (!_pendingByHost.TryGetValue(host, out Queue<Entry>? queue))
                {
                    _pendingByHost[host] = queue = new Queue<Entry>();
                }

                queue.Enqueue(entry);
            }

            _entries.Enqueue(entry);
            if (_entries.Count > kept)
            {
                Forget(_entries.Dequeue());
            }
        }
    }

    /// <summary>The host's node has everything up to the revision in force.</summary>
    internal void Applied(string host, long revision)
    {
        lock (_lock)
        {
            _newest[host] = Math.Max(revision, _newest.GetValueOrDefault(host));
            Take(host, revision, static (entry, host) => entry.Pending.Remove(host));
        }

        Advanced?.Invoke(host);
    }

    /// <summary>The host has no agent any more: nothing concerns it.</summary>
    internal void Removed(string host)
    {
        lock (_lock)
        {
            _newest.Remove(host);
            Take(host, long.MaxValue, static (entry, host) => entry.Nodes -= entry.Pending.Remove(host) ? 1 : 0);
        }
    }

    /// <summary>The newest revision that the host said it has in force since this server's start, or null.</summary>
    internal long? NewestOn(string host)
    {
        lock (_lock)
        {
            return _newest.TryGetValue(host, out long revision) ? revision : null;
        }
    }

    private Entry? EntryOf(long revision) => _entries.FirstOrDefault(entry => entry.First <= revision && revision <= entry.Last);

    /// <summary>Lets the host out of what waits for it, up to a revision.</summary>
    private void Take(string host, long revision, Action<Entry, string> release)
    {
        if (!_pendingByHost.TryGetValue(host, out Queue<Entry>? queue))
        {
            return;
        }

        while (queue.TryPeek(out Entry? entry) && entry.Last <= revision)
        {
            queue.Dequeue();
            release(entry, host);
            EndIfApplied(entry);
        }

        if (queue.Count == 0)
        {
            _pendingByHost.Remove(host);
        }
    }

    private void EndIfApplied(Entry entry)
    {
        if (entry.Pending.Count == 0)
        {
            entry.Elapsed = time.GetElapsedTime(entry.DurableAt);
            entry.End();
        }
    }

    private void Forget(Entry entry)
    {
        // Entries leave in the order in which they came, so where it is still pending it is the first.
        foreach (string host in entry.Pending)
        {
            Queue<Entry> queue = _pendingByHost[host];
            queue.Dequeue();
            if (queue.Count == 0)
            {
                _pendingByHost.Remove(host);
            }
        }

        // Who waits for it finds that it is not remembered.
        entry.End();
    }

    private sealed class Entry(long first, long last, int nodes, long durableAt, HashSet<string> pending)
    {
        private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long First => first;

        public long Last => last;

        public int Nodes { get; set; } = nodes;

        public long DurableAt => durableAt;

        public HashSet<string> Pending => pending;

        public Task Completed => _completed.Task;

        /// <summary>Set when the last host has it.</summary>
        public TimeSpan? Elapsed { get; set; }

        public void End() => _completed.TrySetResult();
    }
}

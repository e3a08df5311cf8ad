namespace Vicinal.Server.Distribution;

/// <summary>How far a revision has come.</summary>
/// <param name="Nodes">Nodes whose forwarding state it changed.</param>
/// <param name="Milliseconds">From the durable write until the last of them had it in force; while some are pending, until now.</param>
/// <param name="Pending">The hosts that have not said that they have it in force.</param>
public sealed record RevisionProgress(long Revision, int Nodes, int Applied, double Milliseconds, IReadOnlyList<string> Pending);

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

    /// <param name="first">The first revision that was compiled, and <paramref name="last"/> the last.</param>
    /// <param name="durableAt">A timestamp of the time provider.</param>
    internal void Compiled(long first, long last, IReadOnlyCollection<string> hosts, long durableAt)
    {
        Entry entry = new(first, last, hosts.Count, durableAt, new HashSet<string>(hosts, StringComparer.Ordinal));
        lock (_lock)
        {
            if (hosts.Count == 0)
            {
                entry.Elapsed = time.GetElapsedTime(durableAt);
            }

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
        Note(host, revision);
        Advanced?.Invoke(host);
    }

    /// <summary>The newest revision that the host said it has in force since this server's start, or null.</summary>
    internal long? NewestOn(string host)
    {
        lock (_lock)
        {
            return _newest.TryGetValue(host, out long revision) ? revision : null;
        }
    }

    /// <summary>Null for a revision that is no longer, or not yet, remembered.</summary>
    public RevisionProgress? Find(long revision)
    {
        lock (_lock)
        {
            Entry? entry = _entries.FirstOrDefault(e => e.First <= revision && revision <= e.Last);
            if (entry is null)
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

    private void Note(string host, long revision)
    {
        lock (_lock)
        {
            _newest[host] = Math.Max(revision, _newest.GetValueOrDefault(host));
            if (!_pendingByHost.TryGetValue(host, out Queue<Entry>? queue))
            {
                return;
            }

            while (queue.TryPeek(out Entry? entry) && entry.Last <= revision)
            {
                queue.Dequeue();
                entry.Pending.Remove(host);
                if (entry.Pending.Count == 0)
                {
                    entry.Elapsed = time.GetElapsedTime(entry.DurableAt);
                }
            }

            if (queue.Count == 0)
            {
                _pendingByHost.Remove(host);
            }
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
    }

    private sealed record Entry(long First, long Last, int Nodes, long DurableAt, HashSet<string> Pending)
    {
        /// <summary>Set when the last host has it.</summary>
        public TimeSpan? Elapsed { get; set; }
    }
}

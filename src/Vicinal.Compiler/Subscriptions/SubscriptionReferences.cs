using System.Collections.Immutable;
using Vicinal.Forwarding;

namespace Vicinal.Compiler.Subscriptions;

/// <summary>
/// Counts why each host needs each unit: a host subscribes to a unit while its count is above zero. Counting is by mutable
/// tables of the compiler's thread; what is published of it, to any thread, are immutable sets.
/// </summary>
internal sealed class SubscriptionReferences
{
    private readonly Dictionary<(string Host, UnitId Unit), int> _counts = [];

    /// <summary>Pairs that passed between zero and one since the last commit, with whether they were subscribed at that time.</summary>
    private readonly Dictionary<(string Host, UnitId Unit), bool> _toggled = [];

    public ImmutableDictionary<string, ImmutableHashSet<UnitId>> UnitsByHost { get; private set; } =
        ImmutableDictionary<string, ImmutableHashSet<UnitId>>.Empty;

    public ImmutableDictionary<UnitId, ImmutableHashSet<string>> HostsByUnit { get; private set; } =
        ImmutableDictionary<UnitId, ImmutableHashSet<string>>.Empty;

    /// <summary>References raised or lowered since the last commit.</summary>
    public int Steps { get; private set; }

    /// <summary>Raises the count by <paramref name="by"/>, or lowers it when that is negative.</summary>
    public void Add(string host, UnitId unit, int by)
    {
        Steps++;
        (string, UnitId) pair = (host, unit);
        int before = _counts.GetValueOrDefault(pair);
        int after = before + by;
        if (after < 0)
        {
            throw new InvalidOperationException($"{host} gives back a reference to {unit} that it does not hold");
        }

        if (after == 0)
        {
            _counts.Remove(pair);
        }
        else
        {
            _counts[pair] = after;
        }

        if (before == 0 || after == 0)
        {
            _toggled.TryAdd(pair, before > 0);
        }
    }

    /// <summary>Publishes what has changed since the last commit and returns the net changes.</summary>
    public IReadOnlyList<SubscriptionChange> Commit()
    {
        List<SubscriptionChange> changes = [];
        foreach (((string host, UnitId unit), bool was) in _toggled)
        {
            bool subscribed = _counts.ContainsKey((host, unit));
            if (subscribed != was)
            {
                changes.Add(new SubscriptionChange(host, unit, subscribed));
            }
        }

        Steps = 0;
        _toggled.Clear();
        if (_toggled.Capacity > 1024)
        {
            // Clearing costs the capacity, which one large change would otherwise leave to all the small ones after it.
            _toggled.TrimExcess();
        }

        UnitsByHost = Publish(UnitsByHost, changes, static c => c.Host, static c => c.Unit);
        HostsByUnit = Publish(HostsByUnit, changes, static c => c.Unit, static c => c.Host);
        return changes;
    }

    private static ImmutableDictionary<TKey, ImmutableHashSet<TItem>> Publish<TKey, TItem>(
        ImmutableDictionary<TKey, ImmutableHashSet<TItem>> index,
        List<SubscriptionChange> changes,
        Func<SubscriptionChange, TKey> keyOf,
        Func<SubscriptionChange, TItem> itemOf)
        where TKey : notnull
    {
        Dictionary<TKey, ImmutableHashSet<TItem>.Builder> edits = [];
        foreach (SubscriptionChange change in changes)
        {
            TKey key = keyOf(change);
            if (!edits.TryGetValue(key, out ImmutableHashSet<TItem>.Builder? edit))
            {
                edit = index.GetValueOrDefault(key, ImmutableHashSet<TItem>.Empty).ToBuilder();
                edits.Add(key, edit);
            }

            _ = change.Added ? edit.Add(itemOf(change)) : edit.Remove(itemOf(change));
        }

        ImmutableDictionary<TKey, ImmutableHashSet<TItem>>.Builder next = index.ToBuilder();
        foreach ((TKey key, ImmutableHashSet<TItem>.Builder edit) in edits)
        {
            if (edit.Count == 0)
            {
                next.Remove(key);
            }
            else
            {
                next[key] = edit.ToImmutable();
            }
        }

        return next.ToImmutable();
    }
}

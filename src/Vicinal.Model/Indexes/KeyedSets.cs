using System.Collections.Immutable;

namespace Vicinal.Model.Indexes;

/// <summary>A persistent multimap from a key to the ids filed under it. Empty sets are dropped, so that it holds no trace of what went.</summary>
public sealed class KeyedSets<TKey>
    where TKey : notnull
{
    private readonly ImmutableDictionary<TKey, ImmutableHashSet<Guid>> _sets;

    private KeyedSets(ImmutableDictionary<TKey, ImmutableHashSet<Guid>> sets) => _sets = sets;

    public static KeyedSets<TKey> Empty { get; } = new(ImmutableDictionary<TKey, ImmutableHashSet<Guid>>.Empty);

    public IEnumerable<TKey> Keys => _sets.Keys;

    public ImmutableHashSet<Guid> this[TKey key] => _sets.GetValueOrDefault(key, ImmutableHashSet<Guid>.Empty);

    public bool Has(TKey key) => _sets.ContainsKey(key);

    public KeyedSets<TKey> Add(TKey key, Guid id) => new(_sets.SetItem(key, this[key].Add(id)));

    public KeyedSets<TKey> Remove(TKey key, Guid id)
    {
        ImmutableHashSet<Guid> rest = this[key].Remove(id);
        return new(rest.IsEmpty ? _sets.Remove(key) : _sets.SetItem(key, rest));
    }

    /// <summary>Moves an id from its old keys to its new ones; keys in both cost nothing.</summary>
    public KeyedSets<TKey> Move(Guid id, IEnumerable<TKey> from, IEnumerable<TKey> to)
    {
        HashSet<TKey> next = [.. to];
        KeyedSets<TKey> result = this;
        foreach (TKey key in from)
        {
            if (!next.Remove(key))
            {
                result = result.Remove(key, id);
            }
        }

        foreach (TKey key in next)
        {
            result = result.Add(key, id);
        }

        return result;
    }
}

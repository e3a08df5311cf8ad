using System.Runtime.InteropServices;

namespace Vicinal.Compiler.Subscriptions;

/// <summary>A multiset. What is no longer counted leaves no trace.</summary>
internal sealed class Counts<T>
    where T : notnull
{
    private readonly Dictionary<T, int> _counts = [];

    public Dictionary<T, int>.KeyCollection Items => _counts.Keys;

    public int Distinct => _counts.Count;

    public bool Has(T item) => _counts.ContainsKey(item);

    /// <summary>Raises the item's count, or lowers it when <paramref name="by"/> is negative; true when it came or went.</summary>
    public bool Add(T item, int by)
    {
        ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, item, out bool had);
        count += by;
        if (count > 0)
        {
            return !had;
        }

        if (count < 0)
        {
            throw new InvalidOperationException($"{item} is given back more often than it was taken");
        }

        _counts.Remove(item);
        return had;
    }

    public void AddAll(Counts<T> other, int sign)
    {
        foreach ((T item, int count) in other._counts)
        {
            Add(item, sign * count);
        }
    }
}

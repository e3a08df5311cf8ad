using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Bodies;

namespace Vicinal.Server.Api.Listing;

/// <summary>The order of a list: the keys asked for, then the id, so that pages never overlap.</summary>
internal sealed class SortOrder<T> : IComparer<T>
    where T : Resource
{
    private readonly (ResourceAttribute<T> Attribute, int Sign)[] _keys;
    private readonly Topology _topology;

    public SortOrder(AttributeTable<T> table, IReadOnlyList<SortKey> keys, Topology topology)
    {
        _keys = [.. keys.Select(key => (table.Find(key.Attribute)!, key.Descending ? -1 : 1))];
        _topology = topology;
    }

    public int Compare(T? x, T? y)
    {
        foreach ((ResourceAttribute<T> attribute, int sign) in _keys)
        {
            int order = CompareValues(attribute.Show!(x!, _topology), attribute.Show!(y!, _topology));
            if (order != 0)
            {
                return sign * order;
            }
        }

        return x!.Id.CompareTo(y!.Id);
    }

    /// <summary>Nulls first; numbers, addresses and times by value, all else by its text.</summary>
    private static int CompareValues(object? a, object? b) => (a, b) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        (string x, string y) => string.CompareOrdinal(x, y),
        (IComparable x, _) when a.GetType() == b.GetType() => x.CompareTo(b),
        _ => string.CompareOrdinal(JsonValues.Text(a), JsonValues.Text(b)),
    };
}

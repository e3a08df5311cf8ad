using System.Collections.Immutable;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Api.Attributes;

namespace Vicinal.Server.Api.Listing;

/// <summary>What a list query selects from one snapshot.</summary>
public static class ListPage
{
    public static IReadOnlyList<T> Select<T>(ResourceCollection<T> collection, Topology topology, ListQuery query, Caller caller)
        where T : Resource
    {
        List<T> found = Filter(collection, topology, query, caller);
        found.Sort(new SortOrder<T>(collection.Table, query.Sort, topology));
        return Cut(collection, topology, query, caller, found);
    }

    private static List<T> Filter<T>(ResourceCollection<T> collection, Topology topology, ListQuery query, Caller caller)
        where T : Resource
    {
        (ResourceAttribute<T> Attribute, IReadOnlyList<string> Wanted)[] filters =
            [.. query.Filters.Select(f => (collection.Table.Find(f.Key)!, f.Value))];
        List<T> found = [];
        foreach (T resource in Read(collection, topology, query))
        {
            if (collection.IsVisible(resource, caller, topology)
                && Array.TrueForAll(filters, f => FilterText.Matches(f.Attribute, resource, topology, f.Wanted)))
            {
                found.Add(resource);
            }
        }

        return found;
    }

    private static IEnumerable<T> Read<T>(ResourceCollection<T> collection, Topology topology, ListQuery query)
        where T : Resource
    {
        ImmutableDictionary<Guid, T> all = collection.All(topology);
        IEnumerable<Guid>? named = query.IdFilter("id") ?? collection.Candidates(topology, query);
        return named is null ? all.Values : named.Distinct().Select(id => all.GetValueOrDefault(id)).OfType<T>();
    }

    /// <summary>
    /// The page behind the marker, or before it when paging backwards; either way in the order of the sort. The marker need not
    /// match the filters, it only has to exist for the caller.
    /// </summary>
    private static IReadOnlyList<T> Cut<T>(
        ResourceCollection<T> collection, Topology topology, ListQuery query, Caller caller, List<T> sorted)
        where T : Resource
    {
        int from = 0;
        int to = sorted.Count;
        if (query.Marker is { } text)
        {
            if (!Guid.TryParse(text, out Guid id)
                || !collection.All(topology).TryGetValue(id, out T? marker)
                || !collection.IsVisible(marker, caller, topology))
            {
                throw collection.NotFound(text);
            }

            int at = sorted.BinarySearch(marker, new SortOrder<T>(collection.Table, query.Sort, topology));
            (from, to) = query.PageReverse ? (0, at < 0 ? ~at : at) : (at < 0 ? ~at : at + 1, sorted.Count);
        }

        int count = query.Limit == 0 ? to - from : Math.Min(query.Limit, to - from);
        return sorted.GetRange(query.PageReverse ? to - count : from, count);
    }
}

namespace Vicinal.Server.Api.Listing;

public readonly record struct SortKey(string Attribute, bool Descending);

/// <summary>The query of a list, checked against the resource's table.</summary>
/// <param name="Filters">By attribute: any of the values matches.</param>
/// <param name="Fields">Attributes to show; empty for all.</param>
/// <param name="Limit">0 for none.</param>
public sealed record ListQuery(
    IReadOnlyDictionary<string, IReadOnlyList<string>> Filters,
    IReadOnlySet<string> Fields,
    IReadOnlyList<SortKey> Sort,
    int Limit,
    string? Marker,
    bool PageReverse)
{
    public IReadOnlyList<string>? Filter(string attribute) => Filters.GetValueOrDefault(attribute);

    /// <summary>The filter's values that are ids; the others match nothing that an index by id holds.</summary>
    public IReadOnlyList<Guid>? IdFilter(string attribute)
    {
        if (Filter(attribute) is not { } texts)
        {
            return null;
        }

        List<Guid> ids = [];
        foreach (string text in texts)
        {
            if (Guid.TryParse(text, out Guid id))
            {
                ids.Add(id);
            }
        }

        return ids;
    }
}

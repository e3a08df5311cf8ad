using System.Collections.Frozen;
using Vicinal.Model.Resources;

namespace Vicinal.Server.Api.Attributes;

/// <summary>All attributes of a resource, in the order in which answers show them.</summary>
public sealed class AttributeTable<T>
    where T : Resource
{
    private readonly FrozenDictionary<string, ResourceAttribute<T>> _byName;

    public AttributeTable(string singular, IEnumerable<ResourceAttribute<T>> attributes)
    {
        Singular = singular;
        Attributes = [.. attributes];
        _byName = Attributes.ToFrozenDictionary(a => a.Name, StringComparer.Ordinal);
    }

    public string Singular { get; }

    public IReadOnlyList<ResourceAttribute<T>> Attributes { get; }

    public ResourceAttribute<T>? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>An attribute that a caller may not see is, for his queries, not there.</summary>
    public ResourceAttribute<T>? FindFor(Caller caller, string name, Use use) =>
        Find(name) is { } attribute && attribute.Allows(use) && (caller.IsAdmin || !attribute.AdminReads) ? attribute : null;
}

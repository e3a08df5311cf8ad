using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Server.Api.Attributes;

/// <summary>Where an attribute may stand besides the answer.</summary>
[Flags]
public enum Use
{
    None = 0,

    /// <summary>In the body of a creation.</summary>
    Post = 1,

    /// <summary>In the body of an update.</summary>
    Put = 2,

    /// <summary>As a filter of lists.</summary>
    Filter = 4,

    /// <summary>As a sort key of lists.</summary>
    Sort = 8,
}

/// <summary>One row of a resource's table: everything that the API does with an attribute follows from it.</summary>
/// <param name="type">Null for what never stands in a body nor needs normalising in a filter.</param>
/// <param name="show">The value in answers; null for what is only written or only filtered.</param>
public sealed class ResourceAttribute<T>(string name, AttributeType? type, Use use, Func<T, Topology, object?>? show = null)
    where T : Resource
{
    public string Name { get; } = name;

    public AttributeType? Type { get; } = type;

    public Use Use { get; } = use;

    public Func<T, Topology, object?>? Show { get; } = show;

    /// <summary>Stands in the body or the creation is refused.</summary>
    public bool Required { get; init; }

    /// <summary>
    /// What Neutron takes when a creation leaves the attribute out. Writing just that needs no privilege; the value itself is
    /// filled in by the rules.
    /// </summary>
    public object? Default { get; init; }

    /// <summary>Left out of the answers to, and refused as filter of, callers who are not admin.</summary>
    public bool AdminReads { get; init; }

    /// <summary>403 for callers who are not admin.</summary>
    public bool AdminWrites { get; init; }

    /// <summary>Whether the resource matches one filter value; by default the shown value's text must equal it.</summary>
    public Func<T, Topology, string, bool>? Match { get; init; }

    /// <summary>For filters whose values say different things that must all hold, such as fixed_ips.</summary>
    public Func<T, Topology, IReadOnlyList<string>, bool>? MatchAll { get; init; }

    public bool Allows(Use use) => (Use & use) == use;
}

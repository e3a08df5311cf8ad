using Vicinal.Model.Resources;
using Vicinal.Server.Api.Tags;
using static Vicinal.Server.Api.Attributes.Use;

namespace Vicinal.Server.Api.Attributes;

/// <summary>The attributes that every resource has, for its table to spread: identity first, stamps last.</summary>
public static class StandardAttributes
{
    public static IEnumerable<ResourceAttribute<T>> Id<T>()
        where T : Resource =>
    [
        new("id", AttributeTypes.AnyText, Filter | Sort, (r, _) => r.Id),
    ];

    public static IEnumerable<ResourceAttribute<T>> Name<T>()
        where T : Resource =>
    [
        new("name", AttributeTypes.Text(255), Post | Put | Filter | Sort, (r, _) => r.Name) { Default = "" },
    ];

    /// <summary>tenant_id and project_id: one value under two names. The owner is settled by <see cref="Bodies.RequestBody"/>.</summary>
    public static IEnumerable<ResourceAttribute<T>> Project<T>()
        where T : Resource =>
    [
        new("tenant_id", AttributeTypes.Text(255), Post | Filter | Sort, (r, _) => r.ProjectId),
        new("project_id", AttributeTypes.Text(255), Post | Filter | Sort, (r, _) => r.ProjectId),
    ];

    public static IEnumerable<ResourceAttribute<T>> Stamps<T>()
        where T : Resource =>
    [
        new("description", AttributeTypes.Text(255), Post | Put | Filter, (r, _) => r.Description) { Default = "" },
        .. TagTypes.Attributes<T>(),
        new("created_at", null, None, (r, _) => r.CreatedAt),
        new("updated_at", null, None, (r, _) => r.UpdatedAt),
        new("revision_number", AttributeTypes.Integer, Filter, (r, _) => r.RevisionNumber),
    ];
}

using System.Collections.Immutable;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Listing;

namespace Vicinal.Server.Api;

/// <summary>
/// One collection of the API, such as networks: its table of attributes, who sees what, and how the model's rules are called.
/// Parsing, listing, paging and rendering follow from it and are the same for all. Stateless: called from any thread, but the
/// three changing methods run on the writer's.
/// </summary>
public abstract class ResourceCollection<T>
    where T : Resource
{
    private AttributeTable<T>? _table;

    /// <summary>The body's key: security_group.</summary>
    public abstract string Singular { get; }

    /// <summary>The list's key: security_groups.</summary>
    public abstract string Plural { get; }

    /// <summary>The path segment: security-groups.</summary>
    public virtual string Path => Plural.Replace('_', '-');

    /// <summary>POST and bulk POST exist.</summary>
    public virtual bool CanCreate => true;

    /// <summary>The whole collection is the admins' business; others get 403.</summary>
    public virtual bool AdminOnly => false;

    public AttributeTable<T> Table => _table ??= new AttributeTable<T>(Singular, Attributes());

    public abstract ImmutableDictionary<Guid, T> All(Topology topology);

    /// <summary>404 in Neutron's words; the id is as the request wrote it.</summary>
    public abstract NeutronFault NotFound(string id);

    /// <summary>An object that a caller may not see does not exist for him.</summary>
    public virtual bool IsVisible(T resource, Caller caller, Topology topology) => caller.Owns(resource);

    /// <summary>Seen but not to be changed is 403.</summary>
    public virtual bool MayUpdate(T resource, Caller caller, Topology topology) => caller.Owns(resource);

    public virtual bool MayDelete(T resource, Caller caller, Topology topology) => caller.Owns(resource);

    public abstract T Create(TopologyEdit edit, AttributeValues values, Caller caller);

    /// <summary>A bulk creation, for collections whose items are checked against each other.</summary>
    public virtual IReadOnlyList<T> CreateAll(TopologyEdit edit, IReadOnlyList<AttributeValues> items, Caller caller) =>
        [.. items.Select(item => Create(edit, item, caller))];

    public abstract T Update(TopologyEdit edit, T resource, AttributeValues values, Caller caller);

    public abstract void Delete(TopologyEdit edit, T resource, Caller caller);

    /// <summary>
    /// The ids that an index names for the query, which may be more than match; null when the whole table must be read.
    /// </summary>
    public virtual IEnumerable<Guid>? Candidates(Topology topology, ListQuery query) => null;

    /// <summary>Runs before a list is read: a project's first look at its security groups makes the default one.</summary>
    public virtual Task BeforeListAsync(Caller caller, ListQuery query, CancellationToken cancellation) => Task.CompletedTask;

    protected abstract IEnumerable<ResourceAttribute<T>> Attributes();
}

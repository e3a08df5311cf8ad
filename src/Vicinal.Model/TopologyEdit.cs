using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;

namespace Vicinal.Model;

/// <summary>One resource before and after an edit; Before is null for a creation, After for a removal.</summary>
public readonly record struct ResourceChange(Resource? Before, Resource? After)
{
    public Guid Id => (After ?? Before)!.Id;
}

/// <summary>
/// One request's changes on top of a snapshot. The rules read <see cref="Current"/> and put or remove resources; a fault
/// abandons the edit, so a request happens wholly or not at all. Used by the writer's thread only.
/// </summary>
public sealed class TopologyEdit(Topology start, DateTimeOffset now, Func<Guid> newId)
{
    private readonly List<ResourceChange> _changes = [];

    public Topology Start { get; } = start;

    public Topology Current { get; private set; } = start;

    /// <summary>The time of the edit, truncated to whole seconds as Neutron shows it.</summary>
    public DateTimeOffset Now { get; } = new(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    /// <summary>In the order made; one resource may appear more than once.</summary>
    public IReadOnlyList<ResourceChange> Changes => _changes;

    /// <summary>A fresh random id; the source is a parameter so that simulations replay.</summary>
    public Guid NewId() => newId();

    /// <summary>
    /// The next free segmentation id of the ranges, or null when all are taken. It is the owner's once a resource with it is put; the search moves on at once,
    /// so that it rests when it is given back.
    /// </summary>
    public uint? DrawSegmentationId(string space, IEnumerable<SegmentationRange> ranges)
    {
        uint? drawn = Current.SegmentationIds[space].FindFree(ranges);
        if (drawn is { } id)
        {
            Current = Current with { SegmentationIds = Current.SegmentationIds.WithLast(space, id) };
        }

        return drawn;
    }

    /// <summary>Creates or replaces. The revision rises by one and updated_at becomes now; an equal resource is no change.</summary>
    public T Put<T>(T resource)
        where T : Resource
    {
        Resource? before = Current.Find(resource.GetType(), resource.Id);
        if (resource.Equals(before))
        {
            return resource;
        }

        Resource stamped = resource with
        {
            RevisionNumber = (before?.RevisionNumber ?? 0) + 1,
            CreatedAt = before?.CreatedAt ?? Now,
            UpdatedAt = Now,
        };
        Current = Current.With(before, stamped);
        _changes.Add(new ResourceChange(before, stamped));
        return (T)stamped;
    }

    public void Remove<T>(T resource)
        where T : Resource
    {
        Resource? before = Current.Find(resource.GetType(), resource.Id);
        if (before is not null)
        {
            Current = Current.With(before, null);
            _changes.Add(new ResourceChange(before, null));
        }
    }

    /// <summary>Raises a parent's revision number for a change of its sub-objects (a network's on subnet changes, and so on).</summary>
    public void Touch<T>(T resource)
        where T : Resource
    {
        if (Current.Find(resource.GetType(), resource.Id) is { } current)
        {
            Resource stamped = current with { RevisionNumber = current.RevisionNumber + 1, UpdatedAt = Now };
            Current = Current.With(current, stamped);
            _changes.Add(new ResourceChange(current, stamped));
        }
    }
}

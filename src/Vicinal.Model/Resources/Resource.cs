using Vicinal.Packets;

namespace Vicinal.Model.Resources;

/// <summary>What every Neutron resource has. Revision and times are set by <see cref="TopologyEdit.Put"/>, never by callers.</summary>
public abstract record Resource
{
    public required Guid Id { get; init; }

    /// <summary>Opaque; empty for ports that belong to the system (gateway and floating-IP ports), as in Neutron.</summary>
    public string ProjectId { get; init; } = "";

    public string Name { get; init; } = "";

    public string Description { get; init; } = "";

    public long RevisionNumber { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public ValueList<string> Tags { get; init; }
}

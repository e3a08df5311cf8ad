using Vicinal.Model;

namespace Vicinal.Server.Writing;

/// <summary>A write's answer and the revision that holds it, which the API tells in X-Vicinal-Revision.</summary>
public readonly record struct Written<T>(T Value, long Revision);

/// <summary>One durable edit as subscribers see it. Before of one is After of the one that came ahead of it.</summary>
/// <param name="Changes">In the order made; one resource may appear more than once.</param>
public sealed record Publication(Topology Before, Topology After, IReadOnlyList<ResourceChange> Changes)
{
    public long Revision => After.Revision;
}

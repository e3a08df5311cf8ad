using System.Collections.Immutable;
using Vicinal.Forwarding;
using Vicinal.Model;

namespace Vicinal.Compiler;

/// <summary>
/// Turns changes of the topology into changes of forwarding state. Owned by one thread, which calls <see cref="Apply"/> for
/// each published topology in order; <see cref="Snapshot"/> may be read by any thread.
/// </summary>
public sealed class ForwardingCompiler
{
    private volatile ForwardingSnapshot _snapshot = ForwardingSnapshot.Empty;

    /// <summary>The state after the last <see cref="Apply"/>.</summary>
    public ForwardingSnapshot Snapshot => _snapshot;

    /// <summary>The full build: the incremental build from nothing.</summary>
    public static ForwardingCompiler Full(Topology topology)
    {
        ForwardingCompiler compiler = new();
        compiler.Apply(Topology.Empty, topology, []);
        return compiler;
    }

    /// <summary>Compiles the edits between two topologies.</summary>
    /// <param name="before">The topology that was applied last; <see cref="Topology.Empty"/> at first.</param>
    /// <param name="after">The topology after all the changes, with the revision that changed units get.</param>
    /// <param name="changes">All changes between the two, of one or several edits, in order.</param>
    public CompileResult Apply(Topology before, Topology after, IReadOnlyList<ResourceChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(before.Revision, _snapshot.Revision);
        ForwardingSnapshot old = _snapshot;
        _snapshot = new ForwardingSnapshot(
            after.Revision, ImmutableDictionary<UnitId, UnitTable>.Empty, ImmutableDictionary<string, ImmutableHashSet<UnitId>>.Empty,
            ImmutableDictionary<UnitId, ImmutableHashSet<string>>.Empty);
        return new CompileResult(old, _snapshot, [], [], new CompileWork());
    }
}

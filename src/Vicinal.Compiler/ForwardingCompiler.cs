using Vicinal.Compiler.Calculators;
using Vicinal.Compiler.Subscriptions;
using Vicinal.Forwarding;
using Vicinal.Model;

namespace Vicinal.Compiler;

/// <summary>
/// Turns changes of the topology into changes of forwarding state. Owned by one thread, which calls <see cref="Apply"/> for
/// each published topology in order; <see cref="Snapshot"/> may be read by any thread.
/// </summary>
/// <param name="cloudDomain">The domain of instances whose network has none.</param>
public sealed class ForwardingCompiler(string cloudDomain = ForwardingCompiler.DefaultDomain)
{
    private const string DefaultDomain = "openstacklocal.";

    /// <summary>In the order in which rows are sent: what others refer to first, and ports last, when all that they need is there.</summary>
    private readonly OutputTable[] _tables =
    [
        new OutputTable<Guid>(new NodeCalculator()),
        new OutputTable<Guid>(new GatewayPolicyCalculator()),
        new OutputTable<Guid>(new SegmentCalculator()),
        new OutputTable<Guid>(new SubnetCalculator()),
        new OutputTable<Guid>(new NameCalculator(cloudDomain)),
        new OutputTable<Guid>(new FilterGroupCalculator()),
        new OutputTable<Guid>(new FilterRuleCalculator()),
        new OutputTable<MemberKey>(new AddressSetCalculator()),
        new OutputTable<Guid>(new RouterCalculator()),
        new OutputTable<Guid>(new RouterInterfaceCalculator()),
        new OutputTable<RouteKey>(new RouteCalculator()),
        new OutputTable<Guid>(new ExternalGatewayCalculator()),
        new OutputTable<Guid>(new StaticNatCalculator()),
        new OutputTable<Guid>(new EndpointCalculator()),
        new OutputTable<Guid>(new InstanceCalculator(cloudDomain)),
        new OutputTable<Guid>(new LocalPortCalculator()),
    ];

    private readonly SubscriptionCalculator _subscriptions = new();
    private volatile ForwardingSnapshot _snapshot = ForwardingSnapshot.Empty;

    /// <summary>The state after the last <see cref="Apply"/>.</summary>
    public ForwardingSnapshot Snapshot => _snapshot;

    /// <summary>The full build: the incremental build from nothing.</summary>
    public static ForwardingCompiler Full(Topology topology, string cloudDomain = DefaultDomain)
    {
        ForwardingCompiler compiler = new(cloudDomain);
        compiler.Apply(Topology.Empty, topology, NetChanges.CreationOf(topology));
        return compiler;
    }

    /// <summary>
    /// Compiles the edits between two topologies. Should it throw, which is a bug, the compiler is of no more use; the snapshot
    /// stays what it was, and <see cref="Full"/> makes a compiler that goes on from the current topology.
    /// </summary>
    /// <param name="before">The topology that was applied last; <see cref="Topology.Empty"/> at first.</param>
    /// <param name="after">The topology after all the changes, with the revision that changed units get.</param>
    /// <param name="changes">All changes between the two, of one or several edits, in order.</param>
    public CompileResult Apply(Topology before, Topology after, IReadOnlyList<ResourceChange> changes)
    {
        if (before.Revision != _snapshot.Revision)
        {
            throw new ArgumentException($"revision {_snapshot.Revision} was compiled last, not {before.Revision}", nameof(before));
        }

        CompileWork work = new();
        List<RowDelta> deltas = Recompute(before, after, NetChanges.Of(changes), work);
        List<RowChange> rows = new(deltas.Count);
        foreach (RowDelta delta in deltas)
        {
            AddChanges(delta, rows);
            _subscriptions.Apply(delta);
        }

        ForwardingSnapshot old = _snapshot;
        UnitTableEdits edits = new(old.UnitTables);
        foreach (RowChange row in rows)
        {
            edits.Apply(row);
        }

        work.SubscriptionSteps = _subscriptions.References.Steps;
        IReadOnlyList<SubscriptionChange> subscriptions = _subscriptions.References.Commit();
        _snapshot = new ForwardingSnapshot(
            after.Revision, edits.Commit(after.Revision), _subscriptions.References.UnitsByHost, _subscriptions.References.HostsByUnit);
        return new CompileResult(old, _snapshot, rows, subscriptions, work);
    }

    private List<RowDelta> Recompute(Topology before, Topology after, IReadOnlyList<ResourceChange> changes, CompileWork work)
    {
        foreach (ResourceChange change in changes)
        {
            foreach (OutputTable table in _tables)
            {
                table.Mark(change, before, after);
            }
        }

        List<RowDelta> deltas = [];
        foreach (OutputTable table in _tables)
        {
            work.Recomputed(table.Kind, table.Recompute(after, deltas));
        }

        return deltas;
    }

    /// <summary>A row that moved to another unit, or under another key, is removed where it was.</summary>
    private static void AddChanges(in RowDelta delta, List<RowChange> rows)
    {
        if (delta.Before is { } before && (delta.After is not { } next || next.Unit != before.Unit || next.Key != before.Key))
        {
            rows.Add(new RowChange(before.Unit, before.Key, null));
        }

        if (delta.After is { } after)
        {
            rows.Add(new RowChange(after.Unit, after.Key, after));
        }
    }
}

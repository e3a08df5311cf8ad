using Vicinal.Forwarding;
using Vicinal.Model.Tests.Clouds;

namespace Vicinal.Compiler.Tests.Oracles;

/// <summary>A compiler whose every step is compared with a full build, with the subscription oracle, and with what hosts hold.</summary>
internal sealed class CheckedCompiler
{
    private readonly HostReplicas _replicas = new();

    public ForwardingCompiler Compiler { get; } = new();

    public ForwardingSnapshot Snapshot => Compiler.Snapshot;

    public CompileResult Apply(Step step)
    {
        CompileResult result = Compiler.Apply(step.Before, step.After, step.Changes);
        result.After.ShouldBeSameAs(Compiler.Snapshot);
        result.After.Revision.ShouldBe(step.After.Revision);

        ForwardingSnapshot full = ForwardingCompiler.Full(step.After).Snapshot;
        ForwardingDump.Write(result.After).ShouldBe(ForwardingDump.Write(full));
        ChangesShouldBeReal(result);
        RevisionsShouldTellWhatChanged(result);
        SubscriptionsShouldBeByTheBook(step, result.After);

        _replicas.Apply(result);
        _replicas.ShouldHoldWhatAFreshHostGets(result.After);
        return result;
    }

    private static void ChangesShouldBeReal(CompileResult result)
    {
        result.Rows.Select(static r => (r.Unit, r.Key)).ShouldBeUnique();
        foreach (RowChange change in result.Rows)
        {
            result.Before.Unit(change.Unit).Find(change.Key).ShouldNotBe(change.Row);
            result.After.Unit(change.Unit).Find(change.Key).ShouldBe(change.Row);
        }

        result.Subscriptions.Select(static s => (s.Host, s.Unit)).ShouldBeUnique();
        foreach (SubscriptionChange change in result.Subscriptions)
        {
            result.Before.UnitsOf(change.Host).Contains(change.Unit).ShouldBe(!change.Added);
            result.After.UnitsOf(change.Host).Contains(change.Unit).ShouldBe(change.Added);
        }
    }

    private static void RevisionsShouldTellWhatChanged(CompileResult result)
    {
        HashSet<UnitId> changed = [.. result.Rows.Select(static r => r.Unit)];
        foreach (UnitTable unit in result.After.Units)
        {
            if (changed.Contains(unit.Id))
            {
                unit.Revision.ShouldBe(result.After.Revision);
            }
            else
            {
                unit.ShouldBeSameAs(result.Before.Unit(unit.Id));
            }
        }
    }

    private static void SubscriptionsShouldBeByTheBook(Step step, ForwardingSnapshot snapshot)
    {
        IReadOnlyDictionary<string, IReadOnlySet<UnitId>> expected = SubscriptionOracle.Of(step.After, snapshot);
        snapshot.Hosts.ShouldBe(expected.Keys, ignoreOrder: true);
        foreach ((string host, IReadOnlySet<UnitId> units) in expected)
        {
            units.SetEquals(snapshot.UnitsOf(host)).ShouldBeTrue(
                $"{host} has [{string.Join(' ', snapshot.UnitsOf(host).Except(units))}] too much, lacks [{string.Join(' ', units.Except(snapshot.UnitsOf(host)))}]");
            units.All(u => snapshot.HostsOf(u).Contains(host)).ShouldBeTrue($"{host} is missing from a unit's hosts");
        }
    }
}

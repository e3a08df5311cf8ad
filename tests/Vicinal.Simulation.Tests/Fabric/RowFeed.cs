using Vicinal.Compiler;
using Vicinal.Forwarding;

namespace Vicinal.Simulation.Tests.Fabric;

/// <summary>What Distribution would send to one node: the changes of the units that it has, and the whole of those that it gets.</summary>
internal static class RowFeed
{
    public static RowChange[] ChangesFor(string host, CompileResult result)
    {
        // At most one word on each row, so that the rows may arrive in any order.
        Dictionary<(UnitId, RowKey), RowChange> changes = [];
        foreach (RowChange change in result.Rows.Where(change => result.Before.HostsOf(change.Unit).Contains(host)))
        {
            changes[(change.Unit, change.Key)] = change;
        }

        foreach (SubscriptionChange change in result.Subscriptions.Where(change => change.Host == host))
        {
            foreach (Row row in change.Added ? result.After.Unit(change.Unit).Rows : result.Before.Unit(change.Unit).Rows.Concat(result.After.Unit(change.Unit).Rows))
            {
                changes[(row.Unit, row.Key)] = new RowChange(row.Unit, row.Key, change.Added ? row : null);
            }
        }

        return [.. changes.Values];
    }

    /// <summary>As to a node that has nothing.</summary>
    public static IEnumerable<RowChange> Everything(string host, ForwardingSnapshot snapshot) =>
        snapshot.UnitsOf(host).SelectMany(unit => snapshot.Unit(unit).Rows).Select(row => new RowChange(row.Unit, row.Key, row));
}

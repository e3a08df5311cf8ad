using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Calculators;

/// <summary>The head of each security group, by the group's id.</summary>
internal sealed class FilterGroupCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.FilterGroup;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns<SecurityGroup>(out _, out _))
        {
            keys.Add(change.Id);
        }
    }

    public override Row? Compute(Guid key, Topology topology) => topology.SecurityGroups.TryGetValue(key, out SecurityGroup? group)
        ? new FilterGroupRow(group.Id, group.Stateful)
        : null;
}

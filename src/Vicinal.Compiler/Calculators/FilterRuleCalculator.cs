using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Calculators;

/// <summary>Security group rules become filter rules, by the rule's id.</summary>
internal sealed class FilterRuleCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.FilterRule;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns<SecurityGroupRule>(out _, out _))
        {
            keys.Add(change.Id);
        }
    }

    public override Row? Compute(Guid key, Topology topology) => topology.SecurityGroupRules.TryGetValue(key, out SecurityGroupRule? rule)
        ? new FilterRuleRow(
            rule.SecurityGroupId,
            rule.Id,
            rule.Direction == "ingress" ? FilterDirection.Ingress : FilterDirection.Egress,
            Ipv6: rule.EtherType == "IPv6",
            rule.ProtocolNumber,
            (ushort?)rule.PortRangeMin,
            (ushort?)rule.PortRangeMax,
            rule.RemotePrefix,
            rule.RemoteGroupId)
        : null;
}

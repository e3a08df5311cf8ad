using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Calculators;

/// <summary>The cloud's gateway policy. There is no row while nobody witnesses: then the first gateway node of each router serves.</summary>
internal sealed class GatewayPolicyCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.GatewayPolicy;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns<GatewayPolicy>(out _, out _))
        {
            keys.Add(change.Id);
        }
    }

    public override Row? Compute(Guid key, Topology topology) => topology.GatewayPolicy is { Witnesses.IsEmpty: false } policy
        ? new GatewayPolicyRow(
            policy.Witnesses,
            policy.Version,
            policy.IntervalMilliseconds,
            policy.Multiplier,
            policy.LeaseMilliseconds,
            policy.HoldSeconds,
            policy.Preempt)
        : null;
}

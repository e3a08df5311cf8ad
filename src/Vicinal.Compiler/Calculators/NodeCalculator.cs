using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Calculators;

/// <summary>Agents become nodes, by the agent's id.</summary>
internal sealed class NodeCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.Node;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns<Agent>(out _, out _))
        {
            keys.Add(change.Id);
        }
    }

    public override Row? Compute(Guid key, Topology topology) => topology.Agents.TryGetValue(key, out Agent? agent)
        ? new NodeRow(agent.Id, agent.Host, agent.TunnelAddress)
        : null;
}

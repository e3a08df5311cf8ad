using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Calculators;

/// <summary>The head of each router, by the router's id.</summary>
internal sealed class RouterCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.Router;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns<Router>(out _, out _))
        {
            keys.Add(change.Id);
        }
    }

    public override Row? Compute(Guid key, Topology topology)
    {
        if (!topology.Routers.TryGetValue(key, out Router? router))
        {
            return null;
        }

        ValueList<GatewayNode> nodes = router.GatewayBindings.Select(static b => new GatewayNode(b.Host, b.Priority)).ToValueList();
        return new RouterRow(router.Id, router.TransitVni, router.AdminStateUp, router.Distributed, nodes, LeaseOf(nodes), router.Schedule);
    }

    /// <summary>A gateway without a standby has nobody to make room for.</summary>
    private static GatewayLease LeaseOf(ValueList<GatewayNode> nodes) => nodes.Count > 1 ? GatewayLease.Short : GatewayLease.None;
}

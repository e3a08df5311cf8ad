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
        else if (change.Alters(static p => p.AutomaticFailover, out GatewayPolicy? _, out GatewayPolicy? _))
        {
            // The operator's choice, which only a start of the server changes.
            keys.UnionWith(before.Routers.Keys);
            keys.UnionWith(after.Routers.Keys);
        }
    }

    public override Row? Compute(Guid key, Topology topology)
    {
        if (!topology.Routers.TryGetValue(key, out Router? router))
        {
            return null;
        }

        ValueList<GatewayNode> nodes = router.GatewayBindings.Select(static b => new GatewayNode(b.Host, b.Priority)).ToValueList();
        return new RouterRow(router.Id, router.TransitVni, router.AdminStateUp, router.Distributed, nodes, LeaseOf(nodes, topology), router.Schedule);
    }

    /// <summary>A single gateway node has nobody to make room for, unless the server may schedule another one when it hears nothing of it.</summary>
    private static GatewayLease LeaseOf(ValueList<GatewayNode> nodes, Topology topology) => nodes.Count switch
    {
        > 1 => GatewayLease.Short,
        1 when topology.GatewayPolicy is { AutomaticFailover: true } => GatewayLease.Long,
        _ => GatewayLease.None,
    };
}

using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;

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

    public override Row? Compute(Guid key, Topology topology) => topology.Routers.TryGetValue(key, out Router? router)
        ? new RouterRow(router.Id, router.TransitVni, router.AdminStateUp, router.Distributed)
        : null;
}

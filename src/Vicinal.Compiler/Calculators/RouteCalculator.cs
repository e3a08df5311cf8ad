using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Calculators;

internal readonly record struct RouteKey(Guid RouterId, HostRoute Route);

/// <summary>A router's extra routes, each a row of its own, so that one more route is one more row.</summary>
internal sealed class RouteCalculator : Calculator<RouteKey>
{
    public override RowKind Kind => RowKind.Route;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<RouteKey> keys)
    {
        if (!change.Alters(static r => r.Routes, out Router? oldRouter, out Router? newRouter))
        {
            return;
        }

        HashSet<HostRoute> changed = [.. oldRouter?.Routes ?? default];
        changed.SymmetricExceptWith(newRouter?.Routes ?? default);
        foreach (HostRoute route in changed)
        {
            keys.Add(new RouteKey(change.Id, route));
        }
    }

    public override Row? Compute(RouteKey key, Topology topology) =>
        topology.Routers.TryGetValue(key.RouterId, out Router? router) && router.Routes.Span.Contains(key.Route)
            ? new RouteRow(key.RouterId, key.Route.Destination, key.Route.NextHop)
            : null;
}

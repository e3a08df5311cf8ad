using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>
/// The gateway nodes of one router: those it has, as far as they qualify, and the least loaded others. Nodes that reach all of its
/// networks come before those that do not, and standbys come from other zones where there are some.
/// </summary>
/// <param name="nodes">The cloud's gateway nodes; looked for only when one is needed.</param>
internal sealed class GatewayChoice(Topology topology, Router router, Lazy<List<Agent>> nodes, CloudSettings settings)
{
    private readonly GatewayNeeds _needs = new(topology, router);
    private readonly List<Agent> _chosen = [];

    /// <summary>In order of priority. While the router migrates, the nodes of both its kinds, the present ones first.</summary>
    public List<Agent> Hosts()
    {
        _chosen.AddRange(router.GatewayBindings
            .Select(binding => topology.AgentOn(binding.Host))
            .OfType<Agent>()
            .Where(agent => _needs.Kinds.Any(kind => _needs.MayKeep(agent, kind))));
        foreach (RouterKind kind in _needs.Kinds)
        {
            int count = _needs.Count(kind, settings);
            Fill(count, kind, _needs.CarriesAll);
            Fill(count, kind, static _ => true);
        }

        return router.Migration is not null
            ? _chosen
            : [.. _chosen.OrderByDescending(_needs.CarriesAll).Take(_needs.Count(router.Kind, settings))];
    }

    /// <summary>Adds nodes of a sort until there are so many of it that serve a router of the kind.</summary>
    private void Fill(int count, RouterKind kind, Func<Agent, bool> sort)
    {
        for (int missing = count - _chosen.Count(agent => _needs.MayKeep(agent, kind) && sort(agent)); missing > 0; missing--)
        {
            if (nodes.Value.Where(agent => _needs.MayTake(agent, kind) && sort(agent) && !_chosen.Contains(agent)).MinBy(Rank) is not { } best)
            {
                return;
            }

            _chosen.Add(best);
        }
    }

    /// <summary>The smallest is taken. What a node serves weighs for the first of a router's nodes only; the others stand by.</summary>
    private (int Neighbours, int Served, int Bound, Guid Id) Rank(Agent agent) => (
        _chosen.Count(other => other.AvailabilityZone == agent.AvailabilityZone),
        _chosen.Count == 0 ? topology.RoutersByActiveGatewayHost[agent.Host].Count : 0,
        topology.RoutersByGatewayHost[agent.Host].Count,
        agent.Id);
}

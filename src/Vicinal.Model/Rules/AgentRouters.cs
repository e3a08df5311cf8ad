using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>
/// Puts routers on agents by hand and takes them off (the l3_agent_scheduler extension). What the operator did stays: the scheduler
/// then keeps as many nodes as he left, and replaces only those that are disabled, deleted or no longer able.
/// </summary>
public static class AgentRouters
{
    /// <summary>To an agent that has it already it is no change.</summary>
    public static void Add(TopologyEdit edit, Guid agentId, Guid routerId, CloudSettings settings)
    {
        Router router = RouterRules.Get(edit.Current, routerId);
        Agent agent = AgentRules.Get(edit.Current, agentId);
        RefuseUnfit(agent, router);
        // One whose agent was deleted is kept while there is nobody to take its place: here somebody is.
        List<string> hosts = [.. router.GatewayBindings.Select(static binding => binding.Host).Where(host => edit.Current.AgentOn(host) is not null)];
        if (hosts.Contains(agent.Host))
        {
            return;
        }

        RefuseMigrating(router);
        if (hosts.Count > 0 && !router.Ha)
        {
            throw AgentSchedulerFaults.AlreadyHosted(routerId, edit.Current.AgentsByHost[hosts[0]]);
        }

        Router counted = router with { GatewayCount = hosts.Count + 1 };
        if (!new GatewayNeeds(edit.Current, counted).MayKeep(agent, router.Kind))
        {
            string network = edit.Current.Networks[router.Gateway!.NetworkId].PhysicalNetwork ?? "its external network";
            throw AgentSchedulerFaults.Failed(routerId, agentId, $"{agent.Host} has no bridge mapping for {network}");
        }

        if (hosts.Count >= GatewayScheduling.MaxBindings)
        {
            throw AgentSchedulerFaults.Failed(routerId, agentId, $"a router has at most {GatewayScheduling.MaxBindings} gateway nodes");
        }

        _ = GatewayScheduling.Bind(edit, counted, [.. hosts, agent.Host]);
    }

    /// <summary>From an agent that does not have it, it is no change, as in Neutron.</summary>
    public static void Remove(TopologyEdit edit, Guid agentId, Guid routerId)
    {
        Agent agent = AgentRules.Get(edit.Current, agentId);
        if (!AgentModes.IsGateway(agent.Mode))
        {
            throw AgentSchedulerFaults.RemovesFromDvrAgent();
        }

        Router router = RouterRules.Get(edit.Current, routerId);
        List<string> hosts = [.. router.GatewayBindings.Select(static binding => binding.Host)];
        if (hosts.Remove(agent.Host))
        {
            RefuseMigrating(router);
            _ = GatewayScheduling.Bind(edit, router with { GatewayCount = hosts.Count }, hosts);
        }
    }

    private static void RefuseUnfit(Agent agent, Router router)
    {
        if (!AgentModes.IsGateway(agent.Mode))
        {
            throw AgentSchedulerFaults.AssignsToDvrAgent();
        }

        if (!AgentModes.Serves(agent.Mode, router.Kind))
        {
            throw AgentSchedulerFaults.LegacyAgent(router.Id, agent.Id);
        }

        if (!agent.AdminStateUp)
        {
            throw AgentSchedulerFaults.InvalidAgent(agent.Id);
        }
    }

    private static void RefuseMigrating(Router router)
    {
        if (router.Migration is { } migration)
        {
            throw RouterFaults.InMigration(router, migration);
        }
    }
}

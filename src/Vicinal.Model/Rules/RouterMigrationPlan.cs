using Vicinal.Model.Paths;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>
/// What a migration is going to do. It is found out by doing all its steps on a copy of the model, so that it promises what they do
/// and refuses what they refuse.
/// </summary>
/// <param name="Changes">One sentence each.</param>
/// <param name="Breaks">What users of the router will notice.</param>
/// <param name="Blockers">Why it cannot be done now.</param>
public sealed record RouterMigrationPlan(
    ValueList<PlannedFlow> Flows, ValueList<string> Changes, ValueList<string> Breaks, ValueList<string> Blockers)
{
    /// <param name="serving">The host that serves the router now; null where that is not known.</param>
    /// <param name="presence">What the server knows of a node.</param>
    public static RouterMigrationPlan Of(
        Topology topology, Router router, RouterKind target, CloudSettings settings, string? serving, Func<string, NodePresence> presence)
    {
        List<string> blockers = [];
        Router end = Rehearse(topology, router, target, settings, serving, blockers);
        string? gateway = serving ?? First(router);
        string? later = end.GatewayBindings.Any(binding => binding.Host == gateway) ? gateway : First(end);
        ValueList<PlannedFlow> flows = RouterFlows.Of(topology, router)
            .Select(flow => new PlannedFlow(flow.Label, flow.Path(router.Distributed, gateway), flow.Path(end.Distributed, later)))
            .ToValueList();
        blockers.AddRange(Absent(topology, router, presence));
        return new RouterMigrationPlan(
            flows,
            Changed(topology, router, end).ToValueList(),
            Broken(router, end, flows, gateway, later).ToValueList(),
            blockers.ToValueList());
    }

    /// <summary>The router when all is done, or as far as it comes.</summary>
    private static Router Rehearse(
        Topology topology, Router router, RouterKind target, CloudSettings settings, string? serving, List<string> blockers)
    {
        TopologyEdit edit = new(topology, default, static () => Guid.Empty);
        try
        {
            if (router.Migration is { } migration && migration.From == target)
            {
                while (edit.Current.Routers[router.Id].Migration is not null)
                {
                    _ = RouterMigration.StepBack(edit, router.Id, settings, serving);
                }
            }
            else
            {
                _ = router.Migration is { Phase: MigrationPhase.Switched } ? router : RouterMigration.Prepare(edit, router.Id, target, settings);
                _ = RouterMigration.Switch(edit, router.Id, target, settings);
                _ = RouterMigration.Finish(edit, router.Id, target, settings, serving);
            }
        }
        catch (NeutronFault fault)
        {
            blockers.Add(fault.Message);
            return edit.Current.Routers[router.Id] with { Distributed = target.Distributed, Ha = target.Ha };
        }

        return edit.Current.Routers[router.Id];
    }

    private static IEnumerable<string> Changed(Topology topology, Router router, Router end)
    {
        if (router.Kind != end.Kind)
        {
            yield return $"the router becomes {end.Kind}";
        }

        List<string> before = [.. router.GatewayBindings.Select(static binding => binding.Host)];
        List<string> after = [.. end.GatewayBindings.Select(static binding => binding.Host)];
        if (after.Except(before).ToList() is { Count: > 0 } coming)
        {
            yield return $"{string.Join(", ", coming)} {(coming.Count == 1 ? "becomes a gateway node" : "become gateway nodes")} of it";
        }

        if (before.Except(after).ToList() is { Count: > 0 } going)
        {
            yield return $"{string.Join(", ", going)} {(going.Count == 1 ? "is a gateway node" : "are gateway nodes")} of it no longer";
        }

        List<FlowNode> nodes = [.. RouterFlows.FloatingIpNodes(topology, router)];
        if (router.Distributed != end.Distributed && nodes.Where(static node => node.TranslatesFloatingIps).ToList() is { Count: > 0 } moving)
        {
            string names = string.Join(", ", moving.Select(static node => node.Name));
            yield return end.Distributed ? $"floating IPs of ports on {names} leave the gateway for these nodes" : $"floating IPs of ports on {names} go to the gateway";
        }

        if (end.Distributed && nodes.Where(static node => !node.TranslatesFloatingIps).ToList() is { Count: > 0 } staying)
        {
            yield return $"floating IPs of ports on {string.Join(", ", staying.Select(Why))} are at the gateway";
        }
    }

    private static IEnumerable<string> Broken(Router router, Router end, ValueList<PlannedFlow> flows, string? gateway, string? later)
    {
        foreach (PlannedFlow flow in flows.Where(static flow => !flow.Now.Nodes.IsEmpty && flow.Then.Nodes.IsEmpty))
        {
            yield return $"{flow.Flow} has no way any more";
        }

        if (gateway is not null && later is not null && gateway != later)
        {
            yield return $"the gateway goes from {gateway} to {later}: what passes it may stop for some milliseconds";
        }

        if (router.GatewayBindings.Count > 1 && end.GatewayBindings.Count == 1)
        {
            yield return $"no other node stands by for {later}";
        }
    }

    /// <summary>A node that does not follow the steps would go on as before them, after the nodes that it sends to are let go.</summary>
    private static IEnumerable<string> Absent(Topology topology, Router router, Func<string, NodePresence> presence)
    {
        IEnumerable<string> hosts = RouterPorts.Interfaces(topology, router.Id)
            .SelectMany(port => topology.PortsByNetwork[port.NetworkId])
            .Select(id => topology.Ports[id].BindingHostId)
            .Concat(router.GatewayBindings.Select(static binding => binding.Host))
            .Where(host => topology.AgentsByHost.ContainsKey(host) && presence(host) == NodePresence.Lost);
        return hosts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(static host => $"the agent of {host} is down: start it, or delete it if the node is gone for good");
    }

    private static string Why(FlowNode node) =>
        $"{node.Name} ({(node.Mode is AgentModes.DvrNoExternal or AgentModes.Legacy ? node.Mode : "no bridge mapping to the external network")})";

    private static string? First(Router router) => router.GatewayBindings.IsEmpty ? null : router.GatewayBindings[0].Host;
}

using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>
/// Changes the kind of a router that serves, in three steps between which the nodes are given time to follow: the nodes of the new kind
/// are made ready, the router becomes of the new kind, the nodes of the old one are let go. Each step may be repeated, and the
/// router itself knows how far it has come. The Neutron API does not have this: there a router is taken down first.
/// </summary>
public static class RouterMigration
{
    /// <summary>Schedules the nodes that the router needs as what it will be, beside those that it has.</summary>
    public static Router Prepare(TopologyEdit edit, Guid id, RouterKind target, CloudSettings settings)
    {
        Router router = RouterRules.Get(edit.Current, id);
        if (router.Migration is null)
        {
            if (router.Kind == target)
            {
                return router;
            }

            RouterRules.RefuseDistributed(router, target.Distributed, settings);
            router = router with { GatewayCount = null, Migration = new MigrationState(router.Kind, target, MigrationPhase.Prepared) };
        }

        RefuseOtherTarget(router, target);
        return RefuseUnready(edit, GatewayScheduling.Schedule(edit, router, settings), settings);
    }

    /// <summary>The router is of the new kind from now on.</summary>
    public static Router Switch(TopologyEdit edit, Guid id, RouterKind target, CloudSettings settings)
    {
        Router router = RouterRules.Get(edit.Current, id);
        if (IsDone(router, target) || router.Migration is { Phase: MigrationPhase.Switched })
        {
            RefuseOtherTarget(router, target);
            return router;
        }

        RefuseUnprepared(router, target);
        return Become(edit, RefuseUnready(edit, router, settings), target, MigrationPhase.Switched);
    }

    /// <summary>Lets the nodes go that the new kind has no use for.</summary>
    /// <param name="serving">The host that serves the router now, if that is known: where one node is enough, it is this one.</param>
    public static Router Finish(TopologyEdit edit, Guid id, RouterKind target, CloudSettings settings, string? serving = null)
    {
        Router router = RouterRules.Get(edit.Current, id);
        if (IsDone(router, target))
        {
            return router;
        }

        RefuseUnprepared(router, target);
        if (router.Migration!.Phase != MigrationPhase.Switched)
        {
            throw RouterFaults.MigrationOutOfOrder(router, "has not been switched yet");
        }

        return End(edit, router, settings, serving);
    }

    /// <summary>One step back: from switched to prepared, from prepared to what the router was.</summary>
    public static Router StepBack(TopologyEdit edit, Guid id, CloudSettings settings, string? serving = null)
    {
        Router router = RouterRules.Get(edit.Current, id);
        return router.Migration switch
        {
            null => router,
            { Phase: MigrationPhase.Switched, From: RouterKind from } => Become(edit, router, from, MigrationPhase.Prepared),
            _ => End(edit, router, settings, serving),
        };
    }

    private static Router Become(TopologyEdit edit, Router router, RouterKind kind, MigrationPhase phase)
    {
        Router changed = edit.Put(router with
        {
            Distributed = kind.Distributed,
            Ha = kind.Ha,
            Migration = router.Migration! with { Phase = phase },
        });
        RouterPorts.FollowKind(edit, changed);
        return changed;
    }

    private static Router End(TopologyEdit edit, Router router, CloudSettings settings, string? serving)
    {
        Router ended = router with { Migration = null };
        IEnumerable<GatewayBinding> kept = ended.Ha ? ended.GatewayBindings : ended.GatewayBindings.OrderByDescending(b => b.Host == serving);
        return GatewayScheduling.Schedule(edit, ended with { GatewayBindings = [.. kept] }, settings);
    }

    private static bool IsDone(Router router, RouterKind target) => router.Migration is null && router.Kind == target;

    private static void RefuseUnprepared(Router router, RouterKind target)
    {
        if (router.Migration is null)
        {
            throw RouterFaults.MigrationOutOfOrder(router, $"has not been prepared to become {target}");
        }

        RefuseOtherTarget(router, target);
    }

    private static void RefuseOtherTarget(Router router, RouterKind target)
    {
        if (router.Migration is { } migration && migration.To != target)
        {
            throw RouterFaults.InMigration(router, migration);
        }
    }

    /// <summary>Without a node for the new kind, to switch would be to cut the router off.</summary>
    private static Router RefuseUnready(TopologyEdit edit, Router router, CloudSettings settings)
    {
        GatewayNeeds needs = new(edit.Current, router);
        RouterKind target = router.Migration!.To;
        bool ready = needs.Count(target, settings) == 0
            || router.GatewayBindings.Any(binding => edit.Current.AgentOn(binding.Host) is { } agent && needs.MayKeep(agent, target));
        return ready ? router : throw AgentSchedulerFaults.NoEligibleAgent(router.Id);
    }
}

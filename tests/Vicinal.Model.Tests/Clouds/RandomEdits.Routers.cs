using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Clouds;

/// <content>Routers, their interfaces and gateways.</content>
public sealed partial class RandomEdits
{
    private void AddRouter()
    {
        if (Topology.Routers.Count < 8)
        {
            Cloud.AddRouter(Chance(70));
        }
    }

    private void ChangeRouter()
    {
        if (Pick(Topology.Routers.Values) is { } router)
        {
            Cloud.Put(_random.Next(7) switch
            {
                0 => router with { AdminStateUp = !router.AdminStateUp },
                1 => router with { Distributed = !router.Distributed },
                2 => router with { Name = $"r{_random.Next(3)}" },
                3 => router with { GatewayBindings = RandomBindings(), Schedule = router.Schedule + 1 },
                5 => router with { Ha = !router.Ha },
                4 => router with { Gateway = router.Gateway is { } g ? g with { EnableSnat = !g.EnableSnat } : null },
                _ => router with { Routes = Enumerable.Range(1, 4).Where(_ => Chance(50)).Select(RandomRoute).ToValueList() },
            });
        }
    }

    /// <summary>By the rules: as they would, or as an operator wants it.</summary>
    private void ScheduleRouter()
    {
        if (Pick(Topology.Routers.Values) is { } router && Pick(Topology.Agents.Values) is { } agent)
        {
            Cloud.Ask(_random.Next(3) switch
            {
                0 => edit => AgentRouters.Add(edit, agent.Id, router.Id, CloudSettings.Default),
                1 => edit => AgentRouters.Remove(edit, agent.Id, router.Id),
                _ => edit => GatewayScheduling.Schedule(edit, router, CloudSettings.Default),
            });
        }
    }

    /// <summary>Begins a change of kind, or takes the next step of the one that is under way.</summary>
    private void MigrateRouter()
    {
        if ((Pick(Topology.Routers.Values.Where(static r => r.Migration is not null)) ?? Pick(Topology.Routers.Values)) is { } router)
        {
            RouterKind target = router.Migration?.To ?? new RouterKind(Chance(50), Chance(50));
            Cloud.Ask(edit => _ = router.Migration?.Phase switch
            {
                _ when Chance(15) => RouterMigration.StepBack(edit, router.Id, CloudSettings.Default),
                null => RouterMigration.Prepare(edit, router.Id, target, CloudSettings.Default),
                MigrationPhase.Prepared => RouterMigration.Switch(edit, router.Id, target, CloudSettings.Default),
                _ => RouterMigration.Finish(edit, router.Id, target, CloudSettings.Default),
            });
        }
    }

    private void RemoveRouter()
    {
        if (Pick(Topology.Routers.Values.Where(r => r.Gateway is null && !Topology.PortsByDevice.Has(r.Id.ToString()))) is { } router)
        {
            Cloud.Remove(router);
        }
    }

    private void AddInterface()
    {
        if (Pick(Topology.Routers.Values) is { } router && Pick(Topology.Networks.Values.Where(n => !n.External || Chance(10))) is { } network
            && Pick(SubnetsOf(network)) is { } subnet)
        {
            Cloud.AddInterface(router, network, subnet);
        }
    }

    private void RemoveInterface()
    {
        if (Pick(Topology.Ports.Values.Where(static p => DeviceOwner.IsRouterInterface(p.DeviceOwner))) is { } port)
        {
            Cloud.Remove(port);
        }
    }

    private void SetGateway()
    {
        if (Pick(Topology.Routers.Values.Where(static r => r.Gateway is null)) is { } router
            && Pick(Topology.Networks.Values.Where(static n => n.External)) is { } external)
        {
            Cloud.SetGateway(router, external, SubnetsOf(external).Where(_ => Chance(80)), [.. RandomBindings().Select(static b => b.Host)]);
        }
    }

    private void ClearGateway()
    {
        if (Pick(Topology.Routers.Values.Where(static r => r.Gateway is not null)) is { } router)
        {
            Disassociate(Topology.FloatingIpsByRouter[router.Id]);
            Cloud.ClearGateway(router);
        }
    }

    private ValueList<GatewayBinding> RandomBindings()
    {
        string[] hosts = [.. new[] { "g1", "g2", "c1" }.Where(_ => Chance(50))];
        return hosts.Select((h, i) => new GatewayBinding(h, hosts.Length - i)).ToValueList();
    }

    private HostRoute RandomRoute(int n) => new(IpPrefix.Parse($"172.16.{n}.0/24"), IpAddress.FromIpv4(0x0A00_0000 | (uint)_random.Next(2)));
}

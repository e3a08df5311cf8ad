using Vicinal.Model.Resources;
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
            Cloud.Put(_random.Next(6) switch
            {
                0 => router with { AdminStateUp = !router.AdminStateUp },
                1 => router with { Distributed = !router.Distributed },
                2 => router with { Name = $"r{_random.Next(3)}" },
                3 => router with { GatewayBindings = router.Gateway is null ? default : RandomBindings() },
                4 => router with { Gateway = router.Gateway is { } g ? g with { EnableSnat = !g.EnableSnat } : null },
                _ => router with { Routes = Enumerable.Range(1, 4).Where(_ => Chance(50)).Select(RandomRoute).ToValueList() },
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

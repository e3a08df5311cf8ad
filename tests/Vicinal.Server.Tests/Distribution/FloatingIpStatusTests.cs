using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Server.Tests.Distribution;

public sealed class FloatingIpStatusTests
{
    [Fact]
    public async Task A_floating_ip_becomes_active_when_its_owner_has_it_in_force_and_down_when_nobody_owns_it()
    {
        await using TestServer server = await TestServer.StartAsync();
        FloatingIp floatingIp = await FloatingIpAsync(server, host: "c1");
        await using TestAgent other = TestAgent.To(server, "c2");
        await other.ConnectedAsync();
        server.Topology.FloatingIps[floatingIp.Id].Status.ShouldBe(PortStatus.Down, "its owner is not there");
        await using TestAgent owner = TestAgent.To(server, "c1");
        await StatusAsync(server, floatingIp.Id, PortStatus.Active);
        owner.InForce.ContainsKey((UnitId.Router(floatingIp.RouterId!.Value), new RowKey(RowKind.StaticNat, floatingIp.Id))).ShouldBeTrue();

        // The router goes down: no node answers for the address.
        await server.Writer.WriteAsync(edit => { edit.Put(edit.Current.Routers[floatingIp.RouterId.Value] with { AdminStateUp = false }); });
        await StatusAsync(server, floatingIp.Id, PortStatus.Down);
        await server.Writer.WriteAsync(edit => { edit.Put(edit.Current.Routers[floatingIp.RouterId.Value] with { AdminStateUp = true }); });
        await StatusAsync(server, floatingIp.Id, PortStatus.Active);
    }

    [Fact]
    public async Task A_floating_ip_taken_away_and_given_back_before_anybody_noticed_becomes_active_again()
    {
        await using TestServer server = await TestServer.StartAsync();
        FloatingIp floatingIp = await FloatingIpAsync(server, host: "c1");
        await using TestAgent owner = TestAgent.To(server, "c1");
        await StatusAsync(server, floatingIp.Id, PortStatus.Active);
        for (int i = 0; i < 20; i++)
        {
            Task<long> away = server.Writer.WriteAsync(edit => { Associate(edit, floatingIp.Id, null); });
            Task<long> back = server.Writer.WriteAsync(edit => { Associate(edit, floatingIp.Id, floatingIp); });
            await Task.WhenAll(away, back);
            await StatusAsync(server, floatingIp.Id, PortStatus.Active);
        }
    }

    private static Task StatusAsync(TestServer server, Guid id, string status) => Eventually.AsyncTrue(
        () => server.Topology.FloatingIps[id].Status == status, () => $"the floating IP is {server.Topology.FloatingIps[id].Status}, not {status}");

    private static void Associate(TopologyEdit edit, Guid id, FloatingIp? with) => edit.Put(edit.Current.FloatingIps[id] with
    {
        PortId = with?.PortId,
        FixedIpAddress = with?.FixedIpAddress,
        RouterId = with?.RouterId,
        Status = PortStatus.Down,
    });

    private static async Task<FloatingIp> FloatingIpAsync(TestServer server, string host)
    {
        Network inside = await server.NetworkAsync();
        Network external = await server.WriteAsync(edit => edit.Put(new Network
        {
            Id = edit.NewId(),
            NetworkType = "flat",
            PhysicalNetwork = "physnet1",
            External = true,
            Mtu = 1500,
        }));
        Port port = await server.PortAsync(inside, host);
        Port holder = await server.PortAsync(external, "");
        return await server.WriteAsync(edit =>
        {
            Router router = edit.Put(new Router { Id = edit.NewId(), Distributed = true });
            return edit.Put(new FloatingIp
            {
                Id = edit.NewId(),
                FloatingNetworkId = external.Id,
                FloatingIpAddress = IpAddress.Parse("203.0.113.5"),
                FloatingPortId = holder.Id,
                PortId = port.Id,
                FixedIpAddress = IpAddress.Parse("10.0.0.5"),
                RouterId = router.Id,
            });
        });
    }
}

using Microsoft.Extensions.Logging;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Server.Tests.Gateways;

/// <summary>allow_automatic_l3agent_failover.</summary>
public sealed class UnreachableAgentsTests
{
    private static readonly GatewaySettings s_failover = new() { AutomaticFailover = true };
    private static readonly TimeSpan s_downTime = TimeSpan.FromSeconds(76);

    [Fact]
    public async Task A_router_whose_only_gateway_node_is_dead_goes_to_another_and_stays_there()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync(s_failover);
        await cloud.ConnectAsync("g1", "c1", "c2");
        Router router = await cloud.RouterAsync(ha: false);
        HostOf(cloud, router).ShouldBe("g1");
        await cloud.ConnectAsync("g2");
        await cloud.DisconnectAsync("g1");
        cloud.Time.Advance(TimeSpan.FromSeconds(74));
        await cloud.ConnectAsync("c3");
        HostOf(cloud, router).ShouldBe("g1", "it may only be restarting");

        cloud.Time.Advance(TimeSpan.FromSeconds(2));
        await cloud.PassAsync(() => HostOf(cloud, router) == "g2");
        cloud.Topology.AgentOn("g1")!.Unreachable.ShouldBeTrue();
        cloud.Topology.Routers[router.Id].Schedule.ShouldBe(router.Schedule + 1);
        cloud.Log.Of(LogLevel.Warning).ShouldContain(line => line.StartsWith($"Router {router.Id} is rescheduled to g2"));

        await cloud.ConnectAsync("g1");
        cloud.Topology.AgentOn("g1")!.Unreachable.ShouldBeFalse();
        HostOf(cloud, router).ShouldBe("g2");
    }

    [Fact]
    public async Task Without_the_operators_leave_a_router_waits_for_its_node_but_new_ones_go_elsewhere()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync();
        await cloud.ConnectAsync("g1", "c1", "c2");
        Router router = await cloud.RouterAsync(ha: false);
        await cloud.ConnectAsync("g2");
        await cloud.DisconnectAsync("g1");
        cloud.Time.Advance(s_downTime);
        await cloud.PassAsync(() => cloud.Topology.AgentOn("g1")!.Unreachable);
        HostOf(cloud, router).ShouldBe("g1");
        HostOf(cloud, await cloud.RouterAsync(ha: false)).ShouldBe("g2");
        HostOf(cloud, await cloud.RouterAsync(ha: false)).ShouldBe("g2");
    }

    [Fact]
    public async Task A_router_that_finds_no_other_node_is_named_once_and_moves_when_one_comes()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync(s_failover);
        await cloud.ConnectAsync("g1", "c1", "c2");
        Router router = await cloud.RouterAsync(ha: false);
        await cloud.DisconnectAsync("g1");
        cloud.Time.Advance(s_downTime);
        string words = $"Failed rescheduling router {router.Id}: no eligible l3 agent found.";
        await cloud.PassAsync(() => cloud.Log.Of(LogLevel.Error).Contains(words));
        await cloud.ConnectAsync("c3");
        await cloud.ConnectAsync("g2");
        await cloud.PassAsync(() => HostOf(cloud, router) == "g2");
        cloud.Log.Of(LogLevel.Error).Count(line => line == words).ShouldBe(1);
    }

    [Fact]
    public async Task When_most_agents_fall_silent_the_server_takes_itself_for_cut_off()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync(s_failover);
        await cloud.ConnectAsync("g1", "g2", "c1", "c2", "c3");
        Router router = await cloud.RouterAsync(ha: false);
        string host = HostOf(cloud, router);
        string other = host == "g1" ? "g2" : "g1";

        // The router's own node is found dead first: the others had a word more in the meantime.
        await cloud.DisconnectAsync("c1", "c2", host);
        cloud.Time.Advance(s_downTime);
        await cloud.PassAsync(() => cloud.Log.Of(LogLevel.Error).Any(line => line.Contains("seems to be cut off")));
        HostOf(cloud, router).ShouldBe(host);
        cloud.Topology.AgentOn(host)!.Unreachable.ShouldBeFalse();

        await cloud.ConnectAsync("c1");
        await cloud.PassAsync(() => HostOf(cloud, router) == other);
    }

    [Fact]
    public async Task A_server_that_starts_gives_agents_the_time_to_come()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync(s_failover);
        await cloud.ConnectAsync("g1", "c1", "c2");
        Router router = await cloud.RouterAsync(ha: false);
        await cloud.ConnectAsync("g2");
        cloud.Time.Advance(TimeSpan.FromHours(1));
        await cloud.RestartAsync();
        await cloud.ConnectAsync("g2", "c1", "c2");
        cloud.Time.Advance(TimeSpan.FromSeconds(70));
        await cloud.ConnectAsync("c3");
        HostOf(cloud, router).ShouldBe("g1");
        cloud.Time.Advance(TimeSpan.FromSeconds(6));
        await cloud.PassAsync(() => HostOf(cloud, router) == "g2");
    }

    private static string HostOf(GatewayCloud cloud, Router router) => cloud.Topology.Routers[router.Id].GatewayBindings.ShouldHaveSingleItem().Host;
}

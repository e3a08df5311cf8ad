using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Vicinal.Forwarding;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Server.Tests.Gateways;

public sealed class WitnessKeeperTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_downTime = TimeSpan.FromSeconds(76);

    [Fact]
    public async Task Five_nodes_that_come_together_all_witness_soon_and_know_it()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync(time: TimeProvider.System);
        await cloud.ConnectAsync("c1", "c2", "c3", "g1", "g2");
        long start = Stopwatch.GetTimestamp();
        await cloud.WitnessesAsync("c1", "c2", "c3", "g1", "g2");
        output.WriteLine($"{Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms from the last agent to the last witness, version {cloud.Topology.GatewayPolicy!.Version}");
        cloud.Topology.GatewayPolicy.Version.ShouldBe(5u, "one member at a time");
        (await cloud.GetAsync("/vicinal/v1/gateways"))["policy"]!["tolerates"]!.GetValue<int>().ShouldBe(2);
        (await cloud.GetAsync("/v2.0/agents"))["agents"]!.AsArray()
            .ShouldAllBe(agent => agent!["configurations"]!["gateway_witness"]!.GetValue<bool>());
        await Distribution.Eventually.AsyncTrue(
            () => cloud.Agent("c1").InForce.Values.OfType<GatewayPolicyRow>().SingleOrDefault()?.Witnesses.Count == 5, () => "c1 has not been told");
    }

    [Fact]
    public async Task The_next_step_waits_until_the_last_one_is_in_force_at_both_majorities()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync();
        await cloud.ConnectAsync("c1");
        await cloud.PassAsync(() => cloud.Topology.GatewayPolicy is { Version: 1, FormerWitnesses.IsEmpty: true });
        TaskCompletionSource gate = cloud.Hold("c1");
        await cloud.ConnectAsync("c2", "c3");
        await cloud.PassAsync(() => cloud.Witnesses.Count == 2);
        string second = cloud.Witnesses[1];
        await Distribution.Eventually.AsyncTrue(
            () => cloud.Agent(second).InForce.Values.OfType<GatewayPolicyRow>().SingleOrDefault()?.Version == 2, () => $"{second} has not been told");
        for (int i = 0; i < 100; i++)
        {
            cloud.Time.Advance(TimeSpan.FromSeconds(0.1));
        }

        cloud.Topology.GatewayPolicy!.Version.ShouldBe(2u, "c1 alone was the set before, and has not put the step in force");
        gate.SetResult();
        await cloud.PassAsync(() => cloud.Witnesses.Count == 3);
    }

    [Fact]
    public async Task A_node_that_bounces_goes_on_and_one_that_stays_away_is_replaced()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync();
        await cloud.ConnectAsync("g1", "g2", "c1");
        await cloud.PassAsync(() => cloud.Witnesses.Count == 3);
        await cloud.ConnectAsync("c2");
        uint version = cloud.Topology.GatewayPolicy!.Version;

        await cloud.DisconnectAsync("c1");
        cloud.Time.Advance(TimeSpan.FromSeconds(60));
        await cloud.ConnectAsync("c1");
        await cloud.DisconnectAsync("c1");
        cloud.Time.Advance(TimeSpan.FromSeconds(70));
        await cloud.DisconnectAsync("c2");
        await cloud.ConnectAsync("c2");
        cloud.Topology.GatewayPolicy!.Version.ShouldBe(version);

        cloud.Time.Advance(s_downTime);
        await cloud.PassAsync(() => cloud.Witnesses.Contains("c2"));
        await cloud.WitnessesAsync("g1", "g2", "c2");
        cloud.Topology.GatewayPolicy!.Version.ShouldBe(version + 2, "one went, one came");
    }

    [Fact]
    public async Task After_a_restart_of_the_server_the_witnesses_are_the_same_and_the_absent_are_given_time()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync();
        await cloud.ConnectAsync("g1", "g2", "c1");
        await cloud.PassAsync(() => cloud.Witnesses.Count == 3);
        await cloud.ConnectAsync("c2");
        await cloud.PassAsync(() => cloud.Topology.GatewayPolicy!.FormerWitnesses.IsEmpty);
        GatewayPolicy before = cloud.Topology.GatewayPolicy!;
        await cloud.RestartAsync();
        cloud.Topology.GatewayPolicy.ShouldBe(before);
        await cloud.ConnectAsync("g1", "g2", "c2");
        cloud.Time.Advance(TimeSpan.FromSeconds(70));
        await cloud.DisconnectAsync("c2");
        await cloud.ConnectAsync("c2");
        cloud.Topology.GatewayPolicy.ShouldBe(before);
        cloud.Time.Advance(TimeSpan.FromSeconds(10));
        await cloud.PassAsync(() => cloud.Witnesses.Count == 3 && !cloud.Witnesses.Contains("c1"));
    }

    [Fact]
    public async Task A_cloud_too_small_to_tell_a_crash_from_a_split_says_so_once()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync();
        await cloud.ConnectAsync("g1", "g2");
        await cloud.PassAsync(() => cloud.Witnesses.Count == 1);
        Router router = await cloud.RouterAsync(ha: true);
        router.GatewayBindings.Count.ShouldBe(2);
        await cloud.WriteAsync(edit => edit.Put(edit.Current.GatewayPolicy! with { HoldSeconds = 11 }));
        await cloud.PassAsync(() => cloud.Log.Of(LogLevel.Warning).Any(line => line.Contains("nothing tells a crash from a split")));
        for (int i = 0; i < 20; i++)
        {
            cloud.Time.Advance(TimeSpan.FromSeconds(1));
        }

        cloud.Log.Of(LogLevel.Warning).Count(line => line.Contains("nothing tells a crash from a split")).ShouldBe(1);
        (await cloud.GetAsync("/vicinal/v1/gateways"))["policy"]!["tolerates"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_majority_of_the_witnesses_nothing_is_changed_and_the_operator_is_told_what_to_do()
    {
        await using GatewayCloud cloud = await GatewayCloud.StartAsync();
        await cloud.ConnectAsync("g1", "g2", "c1");
        await cloud.PassAsync(() => cloud.Witnesses.Count == 3);
        await cloud.ConnectAsync("c2", "c3");
        await cloud.PassAsync(() => cloud.Witnesses.Count == 5);
        uint version = cloud.Topology.GatewayPolicy!.Version;
        await cloud.DisconnectAsync("c1", "c2", "c3");
        cloud.Time.Advance(s_downTime);
        await cloud.PassAsync(() => cloud.Log.Of(LogLevel.Error).Any(line => line.Contains("openstack network agent delete")));
        cloud.Topology.GatewayPolicy!.Version.ShouldBe(version);

        foreach (string host in (string[])["c1", "c2", "c3"])
        {
            await cloud.WriteAsync(edit =>
            {
                AgentRules.Delete(edit, edit.Current.AgentOn(host)!.Id, CloudSettings.Default);
                return true;
            });
        }

        await cloud.PassAsync(() => cloud.Witnesses.Count == 1);
    }
}

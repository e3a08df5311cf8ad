using Vicinal.Lab.Captures;
using Vicinal.Lab.Outages;
using Vicinal.Lab.Rest;
using Vicinal.Lab.Tenants;

namespace Vicinal.Scenarios.Tests.Failover;

/// <summary>An underlay in two halves that share the external segment: never do both answer in the router's name, and what heals comes together by itself.</summary>
public abstract class SplitTests(FailoverCloud cloud)
{
    [Fact]
    public void An_active_node_alone_falls_silent_before_the_other_speaks()
    {
        using RoutedTenant tenant = cloud.Tenant();
        using GatewayTraffic traffic = new(cloud.Cloud, tenant);
        (string active, string standby) = cloud.WaitSettled(tenant);
        using ExternalWire wire = new(cloud.Cloud, tenant);
        using Outage split = Outage.Split(cloud.Cloud, active);
        cloud.WaitServedBy(standby, tenant);
        traffic.Flows();
        split.Heal();
        cloud.WaitSettled(tenant).ShouldBe((standby, active));
        traffic.Flows();
        traffic.ShouldHaveKeptConnections();
        wire.Turns().ShouldBe([active, standby], "the one, then the other, and never the one again");
    }

    [Fact]
    public void An_active_node_with_a_majority_of_the_witnesses_goes_on_as_if_nothing_were()
    {
        using RoutedTenant tenant = cloud.Tenant();
        using GatewayTraffic traffic = new(cloud.Cloud, tenant);
        (string active, string standby) = cloud.WaitSettled(tenant);
        using ExternalWire wire = new(cloud.Cloud, tenant);
        using Outage split = Outage.Split(cloud.Cloud, standby);
        FailoverCloud.WaitFor($"{standby} to see that nobody answers", () => BfdAt(standby, active) != "up");
        traffic.Flows();
        split.Heal();
        cloud.WaitSettled(tenant).ShouldBe((active, standby));
        traffic.ShouldHaveKeptConnections();
        wire.Turns().ShouldBe([active]);
    }

    [Fact]
    public void Of_two_halves_with_a_compute_each_one_speaks_and_the_other_does_not()
    {
        using RoutedTenant tenant = cloud.Tenant();
        using GatewayTraffic traffic = new(cloud.Cloud, tenant);
        (string active, string standby) = cloud.WaitSettled(tenant);
        using ExternalWire wire = new(cloud.Cloud, tenant);
        using Outage split = Outage.Split(cloud.Cloud, active, "n1");
        FailoverCloud.WaitFor($"{standby} to see that nobody answers", () => BfdAt(standby, active) != "up");
        int before = wire.Listen();
        FailoverCloud.WaitFor("the half with most of the witnesses to go on", () => wire.Listen() > before + 300);
        split.Heal();
        (string last, _) = cloud.WaitSettled(tenant);
        traffic.Flows();
        traffic.ShouldHaveKeptConnections();
        wire.Turns().ShouldBe(last == active ? [active] : [active, standby]);
    }

    private string? BfdAt(string node, string other) => AgentSocket.Get(cloud.Cloud.StateOf(node), "gateways")["bfd"]!.AsArray()
        .Where(peer => (string)peer!["host"]! == other).Select(peer => (string?)peer!["state"]).FirstOrDefault();
}

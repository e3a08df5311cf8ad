using Vicinal.Lab;
using Vicinal.Lab.Captures;
using Vicinal.Lab.Outages;
using Vicinal.Lab.Tenants;

namespace Vicinal.Scenarios.Tests.Failover;

/// <summary>Gateway nodes that fail in every way: another serves, what was open goes on, and who returns says nothing in the router's name.</summary>
public abstract class FailoverTests(FailoverCloud cloud)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_gateway_node_that_is_cut_off_is_replaced_and_connections_go_on(bool distributed) => ShouldFailOver(Outage.CutOff, distributed);

    [Fact]
    public void An_agent_that_is_killed_with_its_programs_is_replaced_and_connections_go_on() => ShouldFailOver(Outage.Kill);

    [Fact]
    public void An_external_NIC_that_loses_its_carrier_moves_the_gateway() => ShouldFailOver(Outage.UnplugExternal);

    [Fact]
    public void An_upstream_router_that_no_longer_answers_a_node_moves_the_gateway() => ShouldFailOver(Outage.LoseUpstream);

    [Fact]
    public void A_frozen_agent_is_replaced_and_says_nothing_in_the_routers_name_when_it_thaws()
    {
        using RoutedTenant tenant = cloud.Tenant();
        using GatewayTraffic traffic = new(cloud.Cloud, tenant);
        (string active, string standby) = cloud.WaitSettled(tenant);
        using ExternalWire wire = new(cloud.Cloud, tenant);
        using Outage outage = Outage.Freeze(cloud.Cloud, active);
        cloud.WaitServedBy(standby, tenant);
        traffic.Flows();
        traffic.ShouldHaveKeptConnections();
        wire.Forget();

        outage.Heal();
        FailoverCloud.WaitFor($"{active} to know that {standby} serves", () => cloud.RoleAt(active, tenant) is { Role: "standby" } role && role.Active == standby);
        traffic.Flows();
        wire.Turns().ShouldBe([standby]);
        cloud.WaitSettled(tenant).ShouldBe((standby, active));
        traffic.ShouldHaveKeptConnections();
    }

    [Fact]
    public void An_agent_that_restarts_hands_over_and_no_connection_ends()
    {
        using RoutedTenant tenant = cloud.Tenant();
        using GatewayTraffic traffic = new(cloud.Cloud, tenant);
        (string active, string standby) = cloud.WaitSettled(tenant);
        cloud.Cloud.Agent(active).Signal("TERM");
        cloud.Cloud.Agent(active).WaitForExit();
        try
        {
            cloud.RoleAt(standby, tenant).ShouldNotBeNull().Role.ShouldBe("active", "it was handed over before the process ended");
            traffic.Flows();
            traffic.ShouldHaveKeptConnections();
        }
        finally
        {
            cloud.Cloud.StartAgent(active);
        }

        cloud.WaitSettled(tenant).ShouldBe((standby, active));
        traffic.Flows();
        traffic.ShouldHaveKeptConnections();
    }

    private void ShouldFailOver(Func<LabCloud, string, Outage> fail) => ShouldFailOver(fail, distributed: true);

    private void ShouldFailOver(Func<LabCloud, string, Outage> fail, bool distributed)
    {
        using RoutedTenant tenant = cloud.Tenant(distributed);
        using GatewayTraffic traffic = new(cloud.Cloud, tenant);
        (string active, string standby) = cloud.WaitSettled(tenant);
        using Outage outage = fail(cloud.Cloud, active);
        cloud.WaitServedBy(standby, tenant);
        traffic.Flows();
        traffic.ShouldHaveKeptConnections();

        outage.Heal();
        _ = cloud.WaitSettled(tenant);
        traffic.Flows();
        traffic.ShouldHaveKeptConnections();
    }
}

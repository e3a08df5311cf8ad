using System.Text.Json.Nodes;
using Vicinal.Lab.Rest;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Modes;

/// <summary>`vicinal migrate router` on a router with everything that one can have, under traffic.</summary>
public abstract class LiveMigrationTests(ModesCloud modes)
{
    private static readonly RouterKind s_centralizedHa = new(false, true);

    /// <summary>In ms: what tests bear where a stall of a busy machine may cost packets that the migration does not; the bench tells the numbers.</summary>
    private const int Stall = 250;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_router_goes_there_and_back_and_its_traffic_goes_on(bool ha)
    {
        RouterKind centralized = new(false, ha);
        RouterKind distributed = new(true, ha);
        using RoutedTenant tenant = modes.Tenant(centralized);
        IpAddress behind = tenant.RouteBehind("b2", IpPrefix.Parse("192.168.77.0/24", null));
        (_, IpAddress floating) = tenant.FloatingIp("b2");
        foreach (RouterKind kind in (RouterKind[])[distributed, centralized])
        {
            using TenantTraffic traffic = TenantTraffic.Start(modes.Cloud, (tenant["a1"], tenant["b2"]), floating, behind);
            JsonNode report = Migrate(tenant, kind, "--yes");
            traffic.WaitForAnswers(200);
            ((string)report["outcome"]!).ShouldBe("migrated");
            modes.KindOf(tenant).ShouldBe(kind);
            traffic.BrokenConversations().ShouldBeEmpty();
            ShouldHaveLostNothing(traffic, kind);
            modes.FindStrays(tenant, kind, ModeFlows.OneOfEach(modes.Cloud, tenant, floating)).ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_command_that_was_killed_and_a_server_that_was_are_no_obstacle()
    {
        using RoutedTenant tenant = modes.Tenant(s_centralizedHa);
        using TenantTraffic traffic = modes.Traffic(tenant, out _);
        RouterKind distributed = new(true, true);
        KillAfter(tenant, distributed, "prepare");
        modes.Cloud.StopServer();
        modes.Cloud.StartServer();
        modes.Cloud.WaitFor("the server's API", modes.Cloud.Neutron.Answers);

        // Whichever step it was in, this is neither where the router was nor where it goes; a kill may come too late, with all steps done.
        int refusal = (string)modes.Cloud.Neutron.Fetch($"vicinal/v1/routers/{tenant.Router}/migration")["phase"]! == "none" ? 400 : 409;
        Should.Throw<NeutronRefusal>(() => modes.Cloud.Neutron.Update("routers", tenant.Router, new JsonObject { ["ha"] = false })).Status.ShouldBe(refusal);

        KillAfter(tenant, distributed, "switch");
        ((string)Migrate(tenant, s_centralizedHa, "--yes")["outcome"]!).ShouldBe("migrated", "back");
        modes.KindOf(tenant).ShouldBe(s_centralizedHa);
        ((string)Migrate(tenant, distributed, "--yes")["outcome"]!).ShouldBe("migrated", "there at last");
        traffic.WaitForAnswers(200);
        traffic.BrokenConversations().ShouldBeEmpty();
        ShouldHaveLostNothing(traffic, distributed);
    }

    [Fact]
    public void A_dry_run_tells_the_ways_that_the_packets_will_take()
    {
        using RoutedTenant tenant = modes.Tenant(s_centralizedHa);
        JsonNode report = Migrate(tenant, new RouterKind(true, true), "--dry-run");
        ((string)report["outcome"]!).ShouldBe("planned");
        report["plan"]!["flows"]!.AsArray().Count.ShouldBeGreaterThan(3);
        report["plan"]!["blockers"]!.AsArray().ShouldBeEmpty();
        modes.KindOf(tenant).ShouldBe(s_centralizedHa);
    }

    private static void ShouldHaveLostNothing(TenantTraffic traffic, RouterKind kind)
    {
        foreach ((string way, TrafficLoss loss) in traffic.Finish())
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"to {kind}: {way}: {loss}");
            loss.Gap.ShouldBeLessThan(Stall, way);
        }
    }

    private JsonNode Migrate(RoutedTenant tenant, RouterKind kind, string how)
    {
        using Tool command = Start(tenant, kind, how, "--format", "json");
        ToolResult result = command.Finish();
        result.ExitCode.ShouldBe(0, result.ToString());
        return JsonNode.Parse(result.Output)!["routers"]![0]!;
    }

    /// <summary>Kills the command as soon as it says that a step is done, when the next one may be under way.</summary>
    private void KillAfter(RoutedTenant tenant, RouterKind kind, string step)
    {
        using Tool command = Start(tenant, kind, "--yes");
        modes.Cloud.WaitFor($"the command to {step}", () => command.Shown.Contains($": {step}: ", StringComparison.Ordinal) || command.HasExited);
    }

    private Tool Start(RoutedTenant tenant, RouterKind kind, params string[] more) => Tool.Start(
        modes.Cloud.Namespace("server"), "dotnet", [Path.Combine(AppContext.BaseDirectory, "vicinal.dll"), "migrate", "router", tenant.RouterName,
        "--to", kind.Distributed ? "distributed" : "centralized", kind.Ha ? "--ha" : "--no-ha", .. more]);
}

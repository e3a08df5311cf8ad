using Vicinal.Lab;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Modes;

/// <summary>
/// A router changes its kind as the chapter has it done: it is taken down, changed, and brought up again, with the ordinary client. All
/// the time pings go through it, and afterwards all that it did works again.
/// </summary>
public abstract class ChapterTests(ModesCloud modes)
{
    private static readonly RouterKind s_centralizedHa = new(false, true);

    [Fact]
    public void An_active_router_refuses_to_change_and_says_what_to_do_first()
    {
        using RoutedTenant tenant = modes.Tenant(s_centralizedHa);
        using TenantTraffic traffic = modes.Traffic(tenant, out _);
        string[] refused = ["--no-ha", "--distributed", "--no-ha --distributed", "--disable --distributed"];
        ToolResult active = OpenStack([.. refused.Select(change => $"router set {change} {tenant.RouterName}")]);
        Refusals(active).ShouldBe(refused.Length, active.ToString());
        traffic.WaitForAnswers(100);
        foreach ((string way, TrafficLoss loss) in traffic.Finish())
        {
            loss.Lost.ShouldBe(0, $"{way}: what was refused changed nothing");
        }

        ToolResult down = OpenStack($"router set --disable {tenant.RouterName}", $"router set --enable --distributed {tenant.RouterName}", $"router set --enable {tenant.RouterName}");
        Refusals(down).ShouldBe(1, down.ToString());
        modes.KindOf(tenant).ShouldBe(s_centralizedHa);
    }

    [Theory]
    [InlineData(false, true, true, false, "--no-ha", "--distributed")]
    [InlineData(true, false, false, true, "--centralized", "--ha")]
    [InlineData(false, true, true, true, "--distributed")]
    [InlineData(true, true, true, false, "--no-ha")]
    [InlineData(false, false, false, true, "--ha")]
    public void Taken_down_changed_and_brought_up_it_does_all_that_it_did(bool distributed, bool ha, bool thenDistributed, bool thenHa, params string[] changes)
    {
        using RoutedTenant tenant = modes.Tenant(new RouterKind(distributed, ha));
        using TenantTraffic traffic = modes.Traffic(tenant, out IpAddress floating);
        string[] steps = ["--disable", .. changes, "--enable"];
        ToolResult result = OpenStack([.. steps.Select(step => $"router set {step} {tenant.RouterName}")]);
        result.Errors.ShouldBeEmpty(result.Output);
        traffic.WaitForAnswers(100);

        modes.KindOf(tenant).ShouldBe(new RouterKind(thenDistributed, thenHa));
        traffic.BrokenConversations().ShouldBeEmpty("TCP repeats what was lost meanwhile");
        foreach ((string way, TrafficLoss loss) in traffic.Finish())
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join(' ', steps)}: {way}: {loss}");
            loss.Lost.ShouldBeGreaterThan(0, $"{way}: a router that is down carries nothing");
            loss.Gap.ShouldBeLessThan(30_000, way);
        }

        modes.FindStrays(tenant, new RouterKind(thenDistributed, thenHa), ModeFlows.OneOfEach(modes.Cloud, tenant, floating)).ShouldBeEmpty();
    }

    private static int Refusals(ToolResult result) => result.Errors.Split("Please set router admin_state_up to False prior to upgrade").Length - 1;

    /// <summary>The steps in one process of the client, which saves seconds for each.</summary>
    private ToolResult OpenStack(params string[] commands)
    {
        using Tool client = Tool.StartWith(
            string.Join('\n', commands) + "\n", modes.Cloud.Namespace("server"),
            "env", "OS_AUTH_TYPE=none", $"OS_ENDPOINT=http://127.0.0.1:{LabCloud.ApiPort}", "/usr/bin/openstack");
        return client.Finish();
    }
}

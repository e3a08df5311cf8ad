using Vicinal.Lab;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Probes;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Resources;

namespace Vicinal.Scenarios.Tests.Modes;

/// <summary>An operator puts a router on agents and takes it off, with the ordinary client; its traffic goes where he says.</summary>
public abstract class SchedulerTests(ModesCloud modes)
{
    [Fact]
    public void A_centralized_router_is_served_where_the_operator_puts_it()
    {
        using RoutedTenant tenant = modes.Tenant(new RouterKind(Distributed: false, Ha: false));
        string first = tenant.ServingNode();
        string second = first == "g1" ? "g2" : "g1";
        Outside(tenant).ShouldBe(first);

        OpenStack($"network agent remove router --l3 {IdOf(first)} {tenant.RouterName}");
        tenant.FindServingNode().ShouldBeNull();
        PingProbe.Reaches(tenant["a1"].Namespace, modes.Cloud.Plan.Internet).ShouldBeFalse("nobody serves it");
        PingProbe.Reaches(tenant["a1"].Namespace, tenant["b1"].Address).ShouldBeFalse("nor between its networks");

        OpenStack($"network agent add router --l3 {IdOf(second)} {tenant.RouterName}");
        Outside(tenant).ShouldBe(second);
        OpenStack("network agent list --agent-type l3", $"network agent list --router {tenant.RouterName} --long", $"network agent show {IdOf(second)}")
            .ShouldContain(second);
    }

    [Fact]
    public void A_disabled_agent_s_routers_go_on_elsewhere_and_stay_there()
    {
        using RoutedTenant tenant = modes.Tenant(new RouterKind(Distributed: true, Ha: false));
        string first = tenant.ServingNode();
        OpenStack($"network agent set --disable {IdOf(first)}");
        try
        {
            string second = tenant.ServingNode();
            second.ShouldNotBe(first);
            Outside(tenant).ShouldBe(second);
            OpenStack($"network agent set --enable {IdOf(first)}");
            Outside(tenant).ShouldBe(second);
        }
        finally
        {
            OpenStack($"network agent set --enable {IdOf(first)}");
        }
    }

    /// <summary>The node that an instance's way out passes, once all nodes have what was changed last.</summary>
    private string Outside(RoutedTenant tenant)
    {
        modes.Cloud.WaitApplied();
        PingProbe.Reaches(tenant["a1"].Namespace, tenant["b2"].Address, new PingOptions { TimeoutMilliseconds = 2000 }).ShouldBeTrue();
        FrameLog log = modes.Watch(() =>
            PingProbe.Reaches(tenant["a1"].Namespace, modes.Cloud.Plan.Internet, new PingOptions { TimeoutMilliseconds = 2000 }).ShouldBeTrue());
        return modes.Cloud.Plan.Nodes.Select(static node => node.Name)
            .Where(node => log.Sent(node, FabricScript.ExternalNic, modes.Cloud.Plan.Internet, tenant.GatewayAddress) > 0)
            .ShouldHaveSingleItem();
    }

    private string IdOf(string host) => (string)modes.Cloud.Neutron.List("agents", $"host={host}")[0]["id"]!;

    private string OpenStack(params string[] commands)
    {
        using Tool client = Tool.StartWith(
            string.Join('\n', commands) + "\n", modes.Cloud.Namespace("server"),
            "env", "OS_AUTH_TYPE=none", $"OS_ENDPOINT=http://127.0.0.1:{LabCloud.ApiPort}", "/usr/bin/openstack");
        ToolResult result = client.Finish();
        result.Errors.ShouldBeEmpty(result.Output);
        return result.Output;
    }
}

using Vicinal.Lab.Flows;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Paths;
using Vicinal.Model.Resources;

namespace Vicinal.Scenarios.Tests.Modes;

/// <summary>Routers of every kind: each flow touches the nodes that the description of the modes names, and no other.</summary>
public abstract class ModeTests(ModesCloud modes)
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Each_flow_touches_the_nodes_that_it_is_said_to_and_no_other(bool distributed, bool ha)
    {
        using RoutedTenant tenant = modes.Tenant(new RouterKind(distributed, ha));
        string gateway = tenant.GatewayNodes()[0];
        List<string> wrong = [];
        foreach (ModeFlow flow in ModeFlows.Of(modes.Cloud, tenant))
        {
            string failure = "";
            FrameLog log = modes.Watch(() => failure = flow.Run(modes.Cloud));
            FlowPath path = FlowPath.Of(flow.Kind, distributed, modes.Node(flow.Near.Node), flow.Far is { } far ? modes.Node(far.Node) : null, gateway);
            TouchedNodes promised = TouchedNodes.Promised(path, flow);
            TouchedNodes seen = TouchedNodes.Seen(log, modes.Cloud.Plan, flow);
            if (failure.Length > 0 || seen != promised)
            {
                wrong.Add($"{flow} by {path}: {failure}\n  promised: {promised}\n  seen:     {seen}");
            }
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong));
    }
}

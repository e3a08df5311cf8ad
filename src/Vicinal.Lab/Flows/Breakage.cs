using System.Text.Json.Nodes;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Plan;

namespace Vicinal.Lab.Flows;

/// <summary>Something broken on purpose, so that a reader sees the demo notice it.</summary>
public static class Breakage
{
    public static IReadOnlyList<string> Names { get; } = ["sg", "nic", "gateway"];

    /// <summary>sg: a rule is missing; nic: c2's external NIC is down; gateway: those of all gateway nodes are.</summary>
    public static void Apply(string name, FlowContext context)
    {
        switch (name)
        {
            case "sg":
                JsonObject rule = context.Neutron.List("security-group-rules", $"security_group_id={context.Topology.OpenGroup}&protocol=tcp&ethertype=IPv4")[0];
                context.Neutron.Delete("security-group-rules", (string)rule["id"]!);
                break;
            case "nic":
                SetDown(context.Cloud.Plan, "c2");
                break;
            case "gateway":
                foreach (string node in FlowContext.Gateways)
                {
                    SetDown(context.Cloud.Plan, node);
                }

                break;
            default:
                throw new ArgumentException($"'{name}' is none of {string.Join(", ", Names)}", nameof(name));
        }
    }

    private static void SetDown(LabPlan plan, string node) =>
        IpCommand.Run("-n", plan.Namespace(node), "link", "set", FabricScript.ExternalNic, "down");
}

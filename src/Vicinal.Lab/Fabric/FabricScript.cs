using Vicinal.Lab.Plan;

namespace Vicinal.Lab.Fabric;

/// <summary>
/// The commands of ip(8) that make a plan's namespaces, wires and addresses. Pure, so that what a lab does to a machine can be
/// read and tested; the namespaces are made first, and everything else happens inside them.
/// </summary>
public static class FabricScript
{
    public const string UnderlayNic = "eth0";
    public const string ExternalNic = "eth1";

    /// <summary>Where a node of a direct plan reaches the server.</summary>
    public const string ManagementNic = "mgmt0";

    /// <summary>Every namespace of the plan but the instances'.</summary>
    public static IReadOnlyList<string> Namespaces(LabPlan plan) =>
        [.. new[] { "underlay", "external", "server", "internet" }.Concat(plan.Nodes.Select(node => node.Name)).Select(plan.Namespace)];

    /// <summary>Commands for `ip -batch`, run in the namespace they are filed under, in this order.</summary>
    public static IReadOnlyList<(string Namespace, IReadOnlyList<string> Commands)> Build(LabPlan plan)
    {
        List<(string, IReadOnlyList<string>)> result =
        [
            (plan.Namespace("underlay"), UnderlayCommands(plan)),
            (plan.Namespace("external"), ExternalCommands(plan)),
            (plan.Namespace("server"),
            [
                "link set lo up",
                $"addr add {plan.ServerAddress}/{plan.Underlay.Length} dev {UnderlayNic}",
                $"link set {UnderlayNic} up",
            ]),
            (plan.Namespace("internet"),
            [
                "link set lo up",
                $"addr add {plan.Internet}/32 dev lo",
                $"addr add {plan.InternetV6}/128 dev lo nodad",
                $"addr add {plan.Upstream}/{plan.External.Length} dev {ExternalNic}",
                $"addr add {plan.UpstreamV6}/{plan.ExternalV6.Length} dev {ExternalNic} nodad",
                $"link set {ExternalNic} up",
            ]),
        ];
        foreach (LabNode node in plan.Nodes)
        {
            result.Add((plan.Namespace(node.Name), NodeCommands(plan, node)));
        }

        return result;
    }

    private static List<string> UnderlayCommands(LabPlan plan) => plan.Direct
        ?
        [
            .. Wire(plan, "br-management", plan.UnderlayMtu, [("server", UnderlayNic), .. plan.Nodes.Select(n => (n.Name, ManagementNic))]),
            Pair(plan, UnderlayNic, plan.UnderlayMtu, plan.Nodes[0].Name, plan.Nodes[1].Name),
        ]
        : Wire(plan, "br-underlay", plan.UnderlayMtu, [("server", UnderlayNic), .. plan.Nodes.Select(n => (n.Name, UnderlayNic))]);

    private static List<string> ExternalCommands(LabPlan plan) => plan.Direct
        ? [Pair(plan, ExternalNic, 1500, "internet", plan.Nodes.Single(n => n.External).Name)]
        : Wire(plan, "br-external", 1500, [("internet", ExternalNic), .. plan.Nodes.Where(n => n.External).Select(n => (n.Name, ExternalNic))]);

    private static string Pair(LabPlan plan, string nic, int mtu, string one, string other) =>
        $"link add {nic} netns {plan.Namespace(one)} mtu {mtu} type veth peer name {nic} mtu {mtu} netns {plan.Namespace(other)}";

    private static List<string> Wire(LabPlan plan, string bridge, int mtu, IEnumerable<(string Name, string Nic)> members)
    {
        List<string> commands =
        [
            "link set lo up",

            // Without snooping, as a plain switch: a querier would be needed for multicast to pass otherwise.
            $"link add {bridge} mtu {mtu} type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
            $"link set {bridge} up",
        ];
        foreach ((string member, string nic) in members)
        {
            commands.Add($"link add p-{member} mtu {mtu} type veth peer name {nic} mtu {mtu} netns {plan.Namespace(member)}");
            commands.Add($"link set p-{member} master {bridge} up");
        }

        return commands;
    }

    private static List<string> NodeCommands(LabPlan plan, LabNode node)
    {
        List<string> commands =
        [
            "link set lo up",
            $"addr add {plan.UnderlayAddress(node)}/{plan.Underlay.Length} dev {UnderlayNic}",
            $"link set {UnderlayNic} up",
        ];
        if (plan.Direct)
        {
            commands.Add($"link set {ManagementNic} up");
            commands.Add($"route add {plan.ServerAddress}/32 dev {ManagementNic} src {plan.UnderlayAddress(node)}");
        }

        if (node.External)
        {
            commands.Add($"addr add {plan.HostAddress(node)}/{plan.External.Length} dev {ExternalNic}");
            commands.Add($"link set {ExternalNic} up");
        }

        return commands;
    }
}

using Vicinal.Lab.Plan;
using Vicinal.Packets;

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

    private const string InternetMember = "internet";
    private const int LongestInterface = 15;

    /// <summary>Every namespace of the plan but the instances'.</summary>
    public static IReadOnlyList<string> Namespaces(LabPlan plan) =>
        [.. plan.Wires.Concat([plan.ServerMember, InternetMember]).Concat(plan.Nodes.Select(node => node.Name)).Distinct().Select(plan.Namespace)];

    /// <summary>Commands for `ip -batch`, run in the namespace they are filed under, in this order.</summary>
    public static IReadOnlyList<(string Namespace, IReadOnlyList<string> Commands)> Build(LabPlan plan)
    {
        List<(string, IReadOnlyList<string>)> result = [.. plan.Wires.Select(wire => (plan.Namespace(wire), (IReadOnlyList<string>)WireCommands(plan, wire)))];
        if (!IsNode(plan, plan.ServerMember))
        {
            result.Add((plan.Namespace(plan.ServerMember),
            [
                "link set lo up",
                AddAddress(plan.ServerAddress, plan.Underlay.Length, UnderlayNic),
                $"link set {UnderlayNic} up",
            ]));
        }

        result.Add((plan.Namespace(InternetMember), InternetCommands(plan)));
        foreach (LabNode node in plan.Nodes)
        {
            result.Add((plan.Namespace(node.Name), NodeCommands(plan, node)));
        }

        return result;
    }

    private static List<string> WireCommands(LabPlan plan, string wire) => (plan.Direct, wire) switch
    {
        (true, LabNic.Underlay) =>
        [
            .. Wire(plan, "br-management", plan.UnderlayMtu, [("server", UnderlayNic, plan.UnderlayMtu), .. plan.Nodes.Select(n => (n.Name, ManagementNic, plan.UnderlayMtu))]),
            Pair(plan, UnderlayNic, plan.UnderlayMtu, plan.Nodes[0].Name, plan.Nodes[1].Name),
        ],
        (true, LabNic.External) => [Pair(plan, ExternalNic, 1500, InternetMember, plan.Nodes.Single(n => n.External).Name)],
        _ => Wire(plan, $"br-{wire}"[..Math.Min(LongestInterface, wire.Length + 3)], MtuOf(plan, wire), Members(plan, wire)),
    };

    /// <summary>The server on the underlay, the internet on the external wire, and the nodes' NICs there.</summary>
    private static IEnumerable<(string Member, string Nic, int Mtu)> Members(LabPlan plan, string wire) =>
    [
        .. wire == LabNic.Underlay && !IsNode(plan, plan.ServerMember) ? [(plan.ServerMember, UnderlayNic, MtuOf(plan, wire))] : ((string, string, int)[])[],
        .. wire == plan.ExternalWire ? [(InternetMember, ExternalNic, MtuOf(plan, wire))] : ((string, string, int)[])[],
        .. plan.Nodes.SelectMany(node => plan.NicsOf(node).Where(nic => nic.Wire == wire).Select(nic => (node.Name, nic.Name, nic.Mtu))),
    ];

    /// <summary>What a switch carries is what its largest port does.</summary>
    private static int MtuOf(LabPlan plan, string wire) =>
        plan.Nodes.SelectMany(plan.NicsOf).Where(nic => nic.Wire == wire).Select(nic => nic.Mtu).DefaultIfEmpty(wire == LabNic.Underlay ? plan.UnderlayMtu : 1500).Max();

    private static string Pair(LabPlan plan, string nic, int mtu, string one, string other) =>
        $"link add {nic} netns {plan.Namespace(one)} mtu {mtu} type veth peer name {nic} mtu {mtu} netns {plan.Namespace(other)}";

    private static List<string> Wire(LabPlan plan, string bridge, int mtu, IEnumerable<(string Member, string Nic, int Mtu)> members)
    {
        List<string> commands =
        [
            "link set lo up",

            // Without snooping, as a plain switch: a querier would be needed for multicast to pass otherwise.
            $"link add {bridge} mtu {mtu} type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
            $"link set {bridge} up",
        ];
        HashSet<string> ports = new(StringComparer.Ordinal);
        foreach ((string member, string nic, int nicMtu) in members)
        {
            // Named after the member, unless it is there twice or its name is longer than an interface's may be.
            string port = $"p-{member}";
            if (port.Length > LongestInterface || !ports.Add(port))
            {
                port = $"p{ports.Count}";
                ports.Add(port);
            }

            commands.Add($"link add {port} mtu {nicMtu} type veth peer name {nic} mtu {nicMtu} netns {plan.Namespace(member)}");
            commands.Add($"link set {port} master {bridge} up");
        }

        return commands;
    }

    private static List<string> InternetCommands(LabPlan plan)
    {
        string nic = plan.ExternalVlan is { } vlan ? $"{ExternalNic}.{vlan}" : ExternalNic;
        return
        [
            "link set lo up",
            $"addr add {plan.Internet}/32 dev lo",
            $"addr add {plan.InternetV6}/128 dev lo nodad",
            .. plan.ExternalVlan is { } tag ? [$"link set {ExternalNic} up", $"link add link {ExternalNic} name {nic} type vlan id {tag}"] : (string[])[],
            AddAddress(plan.Upstream, plan.External.Length, nic),
            AddAddress(plan.UpstreamV6, plan.ExternalV6.Length, nic),
            $"link set {nic} up",
        ];
    }

    private static List<string> NodeCommands(LabPlan plan, LabNode node)
    {
        IReadOnlyList<LabNic> nics = plan.NicsOf(node);
        List<string> commands =
        [
            "link set lo up",
            AddAddress(plan.UnderlayAddress(node), plan.Underlay.Length, nics[0].Name),
            $"link set {nics[0].Name} up",
        ];
        if (plan.Direct)
        {
            commands.Add($"link set {ManagementNic} up");
            commands.Add($"route add {plan.ServerAddress}/32 dev {ManagementNic} src {plan.UnderlayAddress(node)}");
        }

        foreach (LabNic nic in nics.Skip(1))
        {
            if (node.Nics is null)
            {
                commands.Add(AddAddress(plan.HostAddress(node), plan.External.Length, nic.Name));
            }

            commands.Add($"link set {nic.Name} up");
        }

        return commands;
    }

    private static bool IsNode(LabPlan plan, string member) => plan.Nodes.Any(node => node.Name == member);

    private static string AddAddress(IpAddress address, int length, string nic) => $"addr add {address}/{length} dev {nic}{(address.IsIpv4 ? "" : " nodad")}";
}

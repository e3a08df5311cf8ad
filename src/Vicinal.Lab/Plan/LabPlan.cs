using Vicinal.Lab.Fabric;
using Vicinal.Packets;

namespace Vicinal.Lab.Plan;

/// <summary>One node of a lab: a namespace with an underlay NIC and, if it reaches the outside, an external one.</summary>
/// <param name="Name">Also the host name in binding:host_id.</param>
/// <param name="Mode">agent_mode.</param>
/// <param name="Number">Its last octet on the underlay.</param>
/// <param name="External">It has a NIC on the external segment, mapped to the lab's physical network.</param>
public sealed record LabNode(string Name, string Mode, int Number, bool External = true)
{
    /// <summary>Where its tunnels end; null: its number on the underlay.</summary>
    public IpAddress? TunnelAddress { get; init; }

    /// <summary>More options of its `vicinal agent`.</summary>
    public IReadOnlyList<string> AgentOptions { get; init; } = [];

    /// <summary>NICs by other names and on other wires, the one with the tunnel address first; null: as the parameters say.</summary>
    public IReadOnlyList<LabNic>? Nics { get; init; }
}

/// <summary>
/// A cloud on one machine. Every node, the server, the internet and the two wires between them are network namespaces; nothing
/// is made outside of those.
/// </summary>
public sealed record LabPlan
{
    /// <summary>Part of the namespaces' names, so that labs stand side by side.</summary>
    public required string Name { get; init; }

    public required IReadOnlyList<LabNode> Nodes { get; init; }

    /// <summary>Bytes of the largest packet on the underlay.</summary>
    public int UnderlayMtu { get; init; } = 1500;

    /// <summary>Who carries the packets on the nodes, as `vicinal agent --datapath` takes it: see <see cref="Datapaths"/>.</summary>
    public string Datapath { get; init; } = "auto";

    public static IReadOnlyList<string> Datapaths { get; } = ["auto", "ebpf", "userspace"];

    /// <summary>The physical network of the external segment.</summary>
    public string PhysicalNetwork { get; init; } = "physnet1";

    /// <summary>The namespace that the server runs in: one of its own, or a node.</summary>
    public string ServerMember { get; init; } = "server";

    /// <summary>Null: the first address of the underlay.</summary>
    public IpAddress? ServerAt { get; init; }

    /// <summary>More options of `vicinal server`.</summary>
    public IReadOnlyList<string> ServerOptions { get; init; } = [];

    /// <summary>The wire that the internet host is on.</summary>
    public string ExternalWire { get; init; } = LabNic.External;

    /// <summary>The VLAN of the external segment on its wire; null: untagged.</summary>
    public int? ExternalVlan { get; init; }

    /// <summary>The router upstream; null: the first address of the external segment.</summary>
    public IpAddress? ExternalGateway { get; init; }

    /// <summary>
    /// Two nodes, one of them with an external NIC, and no switch in any packet's way: their underlay NICs are the two ends of one veth pair, as the external
    /// NIC and the internet's are. The server reaches them by a wire of its own.
    /// </summary>
    public bool Direct { get; init; }

    public IpPrefix Underlay { get; init; } = IpPrefix.Parse("172.31.0.0/24", null);

    /// <summary>The external segment; its first address is the upstream router, which is also the internet host.</summary>
    public IpPrefix External { get; init; } = IpPrefix.Parse("203.0.113.0/24", null);

    public IpPrefix ExternalV6 { get; init; } = IpPrefix.Parse("2001:db8:203::/64", null);

    /// <summary>Addresses of the internet host beyond the external segment.</summary>
    public IpAddress Internet { get; init; } = IpAddress.Parse("198.51.100.7");

    public IpAddress InternetV6 { get; init; } = IpAddress.Parse("2001:db8:198::7");

    public static LabPlan Standard(string name) => new()
    {
        Name = name,
        Nodes =
        [
            new LabNode("c1", "dvr", 11),
            new LabNode("c2", "dvr", 12),
            new LabNode("c3", "dvr", 13),
            new LabNode("g1", "dvr_snat", 21),
            new LabNode("g2", "dvr_snat", 22),
        ],
    };

    public IpAddress UnderlayAddress(LabNode node) => node.TunnelAddress ?? Offset(Underlay, node.Number);

    public IpAddress ServerAddress => ServerAt ?? Offset(Underlay, 1);

    public IpAddress Upstream => ExternalGateway ?? Offset(External, 1);

    public IpAddress UpstreamV6 => Offset(ExternalV6, 1);

    /// <summary>The node's own address on the external NIC: the host's stack shares it with the cloud.</summary>
    public IpAddress HostAddress(LabNode node) => Offset(External, 200 + node.Number);

    /// <summary>A node's NICs, the one with its tunnel address first.</summary>
    public IReadOnlyList<LabNic> NicsOf(LabNode node) => node.Nics ??
    [
        new LabNic(FabricScript.UnderlayNic, LabNic.Underlay, UnderlayMtu),
        .. node.External ? [new LabNic(FabricScript.ExternalNic, LabNic.External, 1500, PhysicalNetwork)] : (LabNic[])[],
    ];

    /// <summary>The underlay and the external segment, and what other wires nodes are on.</summary>
    public IEnumerable<string> Wires => ((string[])[LabNic.Underlay, ExternalWire]).Concat(Nodes.SelectMany(NicsOf).Select(nic => nic.Wire)).Distinct();

    /// <summary>What the name of every namespace of the lab begins with; whatever does is the lab's, and swept with it.</summary>
    public string NamespacePrefix => PrefixOf(Name);

    public static string PrefixOf(string lab) => $"vicinal-{lab}-";

    public string Namespace(string member) => NamespacePrefix + member;

    private static IpAddress Offset(IpPrefix prefix, int offset) => IpAddress.FromValue(prefix.Address.Value + (uint)offset);
}

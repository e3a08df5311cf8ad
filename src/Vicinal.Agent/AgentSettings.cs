using System.Net;
using Vicinal.Datapath;
using Vicinal.Ebpf;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent;

/// <summary>Which executor carries the packets.</summary>
public enum DatapathKind
{
    /// <summary>The best that this machine offers.</summary>
    Auto,

    /// <summary>Programs in the kernel replay what C# decides.</summary>
    Ebpf,

    /// <summary>The C# executor over packet sockets.</summary>
    Userspace,
}

/// <summary>A provider network's name and the NIC that reaches it.</summary>
public sealed record BridgeMappingSetting(string PhysicalNetwork, string Interface)
{
    /// <exception cref="FormatException">The text is not NETWORK:INTERFACE.</exception>
    public static BridgeMappingSetting Parse(string text)
    {
        string[] parts = text.Split(':');
        return parts is [{ Length: > 0 }, { Length: > 0 and <= 15 }]
            ? new BridgeMappingSetting(parts[0], parts[1])
            : throw new FormatException($"bridge mapping '{text}' is not NETWORK:INTERFACE");
    }
}

/// <summary>Certificate, key and the authority that the other side's certificate must come from, as PEM files.</summary>
public sealed record TlsFiles(string Certificate, string Key, string Authority);

/// <summary>All that an agent is told on its command line or in its configuration file.</summary>
public sealed record AgentSettings
{
    /// <summary>The node's name, as in binding:host_id.</summary>
    public required string Host { get; init; }

    /// <summary>HOST:PORT of the servers, tried in turn.</summary>
    public required IReadOnlyList<string> Servers { get; init; }

    /// <summary>The local address that tunnels end at.</summary>
    public required IpAddress TunnelAddress { get; init; }

    /// <summary>The encapsulations that this node has an end of; Geneve is always among them.</summary>
    public IReadOnlyList<Encapsulation> TunnelTypes { get; init; } = TunnelTypeNames.All;

    public NodeMode Mode { get; init; } = NodeMode.Dvr;

    public IReadOnlyList<BridgeMappingSetting> BridgeMappings { get; init; } = [];

    public DatapathKind Datapath { get; init; } = DatapathKind.Auto;

    /// <summary>How programs are attached in the kernel.</summary>
    public AttachChoice Attach { get; init; } = AttachChoice.Auto;

    /// <summary>Programs hand packets to the instance's end of a veth, past its host side.</summary>
    public bool PeerDelivery { get; init; }

    /// <summary>For how long instances use what DHCP gives them without asking again.</summary>
    public uint DhcpLeaseSeconds { get; init; } = 86_400;

    /// <summary>Holds the agent's id, its control socket and the mount point for its pins.</summary>
    public string StateDirectory { get; init; } = "/var/lib/vicinal";

    /// <summary>Where instances' metadata comes from; null: from nowhere.</summary>
    public MetadataSettings? Metadata { get; init; }

    /// <summary>Who is asked for names that are none of the cloud's; none: whoever the node itself asks.</summary>
    public IReadOnlyList<IPEndPoint> DnsForwarders { get; init; } = [];

    /// <summary>Null: plain text, which beyond loopback is warned about.</summary>
    public TlsFiles? Tls { get; init; }

    public string PinDirectory => PinDirectoryOf(StateDirectory);

    public string ControlSocket => ControlSocketOf(StateDirectory);

    internal static string PinDirectoryOf(string stateDirectory) => Path.Combine(stateDirectory, "bpf");

    internal static string ControlSocketOf(string stateDirectory) => Path.Combine(stateDirectory, "agent.sock");
}

/// <summary>Encapsulations as provider:network_type spells them.</summary>
public static class TunnelTypeNames
{
    public static IReadOnlyList<Encapsulation> All { get; } = [Encapsulation.Geneve, Encapsulation.Vxlan, Encapsulation.Gre];

    public static string NameOf(Encapsulation encapsulation) => encapsulation.ToString().ToLowerInvariant();

    /// <param name="names">None: all.</param>
    /// <exception cref="FormatException">A text names no tunnel type, or Geneve is not among them.</exception>
    public static IReadOnlyList<Encapsulation> Parse(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            return All;
        }

        foreach (string name in names)
        {
            if (!All.Any(known => NameOf(known) == name))
            {
                throw new FormatException($"tunnel type '{name}' is none of geneve, vxlan, gre");
            }
        }

        return names.Contains(NameOf(Encapsulation.Geneve))
            ? [.. All.Where(known => names.Contains(NameOf(known)))]
            : throw new FormatException("tunnel type geneve is needed: traffic to gateways travels in it");
    }
}

/// <summary>agent_mode as Neutron spells it.</summary>
public static class NodeModeNames
{
    public static string NameOf(NodeMode mode) => mode switch
    {
        NodeMode.Legacy => "legacy",
        NodeMode.Dvr => "dvr",
        NodeMode.DvrSnat => "dvr_snat",
        NodeMode.DvrNoExternal => "dvr_no_external",
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

    /// <exception cref="FormatException">The text names no mode.</exception>
    public static NodeMode Parse(string text) => text switch
    {
        "legacy" => NodeMode.Legacy,
        "dvr" => NodeMode.Dvr,
        "dvr_snat" => NodeMode.DvrSnat,
        "dvr_no_external" => NodeMode.DvrNoExternal,
        _ => throw new FormatException($"mode '{text}' is none of dvr, dvr_snat, dvr_no_external, legacy"),
    };
}

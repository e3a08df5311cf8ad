using System.Net;
using Vicinal.Deployment.Tripleo;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Deployment.Sites;

/// <summary>A site as its file and the environment files on top of it say it, the later ones winning.</summary>
public sealed record Site
{
    private const int DefaultAgentsPort = 9697;

    /// <summary>The site file's path, as it was given.</summary>
    public required string File { get; init; }

    /// <summary>Routers are distributed unless their creator says otherwise; off, none can be.</summary>
    public required Setting<bool> Dvr { get; init; }

    /// <summary>Routers have standbys on other gateway nodes unless their creator says otherwise.</summary>
    public required Setting<bool> Ha { get; init; }

    /// <summary>Gateway nodes of a router with HA (max_l3_agents_per_router); 0: as many as there may be.</summary>
    public required Setting<int> MaxGateways { get; init; }

    /// <summary>Routers of a dead agent move to another (allow_automatic_l3agent_failover).</summary>
    public required Setting<bool> AutomaticFailover { get; init; }

    /// <summary>Tried in order for a network that names no type.</summary>
    public required Setting<IReadOnlyList<string>> TenantTypes { get; init; }

    /// <summary>The tunnelled ones of the types that are meant to be used; empty: any.</summary>
    public required Setting<IReadOnlyList<string>> TunnelTypes { get; init; }

    /// <summary>Keys of Geneve and VXLAN networks; empty: all.</summary>
    public required Setting<IReadOnlyList<NumberRange>> VniRanges { get; init; }

    /// <summary>Keys of GRE networks; empty: all.</summary>
    public required Setting<IReadOnlyList<NumberRange>> TunnelIdRanges { get; init; }

    /// <summary>Physical networks that flat networks may use; empty or '*': any.</summary>
    public required Setting<IReadOnlyList<string>> FlatNetworks { get; init; }

    public required Setting<IReadOnlyList<PhysicalVlans>> VlanRanges { get; init; }

    /// <summary>Bytes that the underlay and the physical networks carry (global_physnet_mtu).</summary>
    public required Setting<int> Mtu { get; init; }

    /// <summary>Bytes that the way of the tunnels carries, where it is less; 0: it is not.</summary>
    public required Setting<int> PathMtu { get; init; }

    /// <summary>Physical networks that carry less.</summary>
    public required Setting<IReadOnlyList<PhysicalNetworkMtu>> PhysicalMtus { get; init; }

    public required ExternalNetwork External { get; init; }

    public required ServerSettings Server { get; init; }

    /// <summary>Folder of NAME.crt, NAME.key and ca.crt on each node; null: plain text.</summary>
    public required Setting<string?> Tls { get; init; }

    /// <summary>As `vicinal agent --datapath` takes it.</summary>
    public required Setting<string> Datapath { get; init; }

    /// <summary>Where `vicinal` is installed on the nodes.</summary>
    public required Setting<string> Program { get; init; }

    /// <summary>In the order of the file.</summary>
    public required IReadOnlyList<SiteNode> Nodes { get; init; }

    /// <summary>What of TripleO's environment files was used.</summary>
    public required TripleoInputs Tripleo { get; init; }

    public IEnumerable<SiteNode> Agents => Nodes.Where(node => node.IsAgent);

    public IEnumerable<SiteNode> Gateways => Nodes.Where(node => node.Is(NodeRole.Gateway));

    public IEnumerable<SiteNode> Computes => Nodes.Where(node => node.Is(NodeRole.Compute));

    /// <summary>The node that runs the server; the first where several say they do.</summary>
    public SiteNode? ServerNode => Nodes.FirstOrDefault(node => node.Is(NodeRole.Server));

    /// <summary>The physical network of the external network: as the site says, else the first that a gateway node maps.</summary>
    public string? ExternalPhysicalNetwork =>
        External.PhysicalNetwork?.Value ?? Gateways.SelectMany(node => node.BridgeMappings.Value).Select(mapping => mapping.PhysicalNetwork).FirstOrDefault();

    /// <summary>Where the server listens for agents: as the site says, else at its node's address. Null: neither is said.</summary>
    public IPEndPoint? AgentsEndPoint =>
        Server.Agents is { } said ? IPEndPoint.Parse(said.Value) : ServerAddress is { } address ? new IPEndPoint(address.ToIPAddress(), DefaultAgentsPort) : null;

    /// <summary>Where agents find the server: the same, with the node's address in place of 'any'.</summary>
    public IPEndPoint? ServerEndPoint => AgentsEndPoint is not { } point || !(point.Address.Equals(IPAddress.Any) || point.Address.Equals(IPAddress.IPv6Any)) ? AgentsEndPoint
        : ServerAddress is { } address ? new IPEndPoint(address.ToIPAddress(), point.Port) : null;

    private IpAddress? ServerAddress => (ServerNode?.Address ?? ServerNode?.TunnelAddress)?.Value;

    public SiteNode? Node(string name) => Nodes.FirstOrDefault(node => node.Name == name);
}

using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Yaml;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Deployment.Sites;

/// <summary>
/// A site while its files are read, one on top of the other: each assignment replaces what an earlier file said. It begins with the
/// defaults, whose place is the site file without a line.
/// </summary>
internal sealed class SiteDraft(string file, FindingList found)
{
    public string File { get; } = file;

    public FindingList Found { get; } = found;

    public Setting<bool> Dvr { get; set; } = new(true, new Place(file, 0, "dvr"));

    public Setting<bool> Ha { get; set; } = new(true, new Place(file, 0, "ha"));

    public Setting<int> MaxGateways { get; set; } = new(3, new Place(file, 0, "max-gateways"));

    public Setting<bool> AutomaticFailover { get; set; } = new(false, new Place(file, 0, "automatic-failover"));

    public Setting<IReadOnlyList<string>> TenantTypes { get; set; } = new(["geneve"], new Place(file, 0, "tenant-types"));

    public Setting<IReadOnlyList<string>> TunnelTypes { get; set; } = new([], new Place(file, 0, "tunnel-types"));

    public Setting<IReadOnlyList<NumberRange>> VniRanges { get; set; } = new([], new Place(file, 0, "vni-ranges"));

    public Setting<IReadOnlyList<NumberRange>> TunnelIdRanges { get; set; } = new([], new Place(file, 0, "tunnel-id-ranges"));

    public Setting<IReadOnlyList<string>> FlatNetworks { get; set; } = new([], new Place(file, 0, "flat-networks"));

    public Setting<IReadOnlyList<PhysicalVlans>> VlanRanges { get; set; } = new([], new Place(file, 0, "vlan-ranges"));

    public Setting<int> Mtu { get; set; } = new(1500, new Place(file, 0, "mtu"));

    public Setting<int> PathMtu { get; set; } = new(0, new Place(file, 0, "path-mtu"));

    public Setting<IReadOnlyList<PhysicalNetworkMtu>> PhysicalMtus { get; set; } = new([], new Place(file, 0, "physical-mtus"));

    public Setting<IReadOnlyList<BridgeMapping>> BridgeMappings { get; set; } = new([], new Place(file, 0, "bridge-mappings"));

    public Setting<string>? ExternalPhysicalNetwork { get; set; }

    public int? ExternalVlan { get; set; }

    public IpPrefix? ExternalSubnet { get; set; }

    public IpAddress? ExternalGateway { get; set; }

    public Setting<string> Listen { get; set; } = new("127.0.0.1:9696", new Place(file, 0, "server.listen"));

    public Setting<string>? Agents { get; set; }

    public Setting<string?> Tls { get; set; } = new(null, new Place(file, 0, "tls"));

    public Setting<string> Datapath { get; set; } = new("auto", new Place(file, 0, "datapath"));

    public Setting<string> Program { get; set; } = new("/usr/local/bin/vicinal", new Place(file, 0, "program"));

    public AgentDraft ComputeRole { get; } = new();

    public AgentDraft GatewayRole { get; } = new();

    public List<NodeDraft> Nodes { get; } = [];

    /// <summary>TripleO's parameters that are scalars, for get_param in network configurations.</summary>
    public Dictionary<string, string> Parameters { get; } = new(StringComparer.Ordinal);

    public bool UsesTripleo { get; set; }

    /// <summary>Where one of TripleO's DVR environment files was included.</summary>
    public Place? DvrEnvironment { get; set; }

    public NodeDraft Node(string name, Place place)
    {
        NodeDraft? known = Nodes.Find(node => node.Name == name);
        if (known is null)
        {
            known = new NodeDraft(name, place);
            Nodes.Add(known);
        }

        return known;
    }
}

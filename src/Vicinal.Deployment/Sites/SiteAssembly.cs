using Vicinal.Deployment.Tripleo;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Sites;

/// <summary>Makes the site of a draft: each node gets what it says itself, else what its roles say, else what the site says.</summary>
internal static class SiteAssembly
{
    public static Site Build(SiteDraft draft, Func<string, (NetworkConfigFile? File, string? Fault)> readNetworkConfig)
    {
        Dictionary<string, (NetworkConfigFile? File, string? Fault)> read = new(StringComparer.Ordinal);
        return new Site
        {
            File = draft.File,
            Dvr = draft.Dvr,
            Ha = draft.Ha,
            MaxGateways = draft.MaxGateways,
            AutomaticFailover = draft.AutomaticFailover,
            TenantTypes = draft.TenantTypes,
            TunnelTypes = draft.TunnelTypes,
            VniRanges = draft.VniRanges,
            TunnelIdRanges = draft.TunnelIdRanges,
            FlatNetworks = draft.FlatNetworks,
            VlanRanges = draft.VlanRanges,
            Mtu = draft.Mtu,
            PathMtu = draft.PathMtu,
            PhysicalMtus = draft.PhysicalMtus,
            External = new ExternalNetwork(draft.ExternalPhysicalNetwork, draft.ExternalVlan, draft.ExternalSubnet, draft.ExternalGateway),
            Server = new ServerSettings(draft.Listen, draft.Agents),
            Tls = draft.Tls,
            Datapath = draft.Datapath,
            Program = draft.Program,
            Nodes = [.. draft.Nodes.Select(node => Node(draft, node, Reference))],
            Tripleo = new TripleoInputs(draft.UsesTripleo, draft.DvrEnvironment),
        };

        NetworkConfigReference Reference(Setting<string> named)
        {
            if (!read.TryGetValue(named.Value, out (NetworkConfigFile? File, string? Fault) known))
            {
                read[named.Value] = known = readNetworkConfig(named.Value);
            }

            return new NetworkConfigReference(named.Value, named.Place, known.File, known.Fault);
        }
    }

    private static SiteNode Node(SiteDraft site, NodeDraft node, Func<Setting<string>, NetworkConfigReference> reference)
    {
        // Of a node with both roles the gateway's settings come first: it is the one that more depends on.
        List<AgentDraft> said = [node];
        said.AddRange(node.Roles.Value.Contains(NodeRole.Gateway) ? [site.GatewayRole] : []);
        said.AddRange(node.Roles.Value.Contains(NodeRole.Compute) ? [site.ComputeRole] : []);
        string mode = node.Roles.Value.Contains(NodeRole.Gateway) ? "dvr_snat" : "dvr";
        return new SiteNode
        {
            Name = node.Name,
            Place = node.Place,
            Roles = node.Roles,
            TunnelAddress = node.TunnelAddress,
            Address = node.Address,
            TunnelNic = First(said, agent => agent.TunnelNic),
            Mode = First(said, agent => agent.Mode) ?? new Setting<string>(mode, new Place(node.Place.File, 0, $"{node.Place.Key}.mode")),
            BridgeMappings = First(said, agent => agent.BridgeMappings) ?? site.BridgeMappings,
            NetworkConfig = First(said, agent => agent.NetworkConfig) is { } named ? reference(named) : null,
            Nics = Nics(said),
        };
    }

    private static Setting<T>? First<T>(IEnumerable<AgentDraft> said, Func<AgentDraft, Setting<T>?> of) => said.Select(of).FirstOrDefault(setting => setting is not null);

    /// <summary>A role's NICs in its order, then those that only the node has; the node's own MTU counts before the role's.</summary>
    private static List<SiteNic> Nics(IEnumerable<AgentDraft> said)
    {
        AgentDraft together = new();
        foreach (AgentDraft agent in said.Reverse())
        {
            agent.Nics.ForEach(together.PutNic);
        }

        return together.Nics;
    }
}

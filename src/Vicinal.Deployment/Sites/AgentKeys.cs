using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Sites;

/// <summary>The keys of a role and of a node.</summary>
internal static class AgentKeys
{
    public const int LeastMtu = 576;
    public const int MostMtu = 65_535;

    /// <summary>Of `roles.compute` and `roles.gateway`.</summary>
    public static KeyTable<AgentDraft> OfRole(FindingList found) => Add<AgentDraft>([], found);

    public static KeyTable<NodeDraft> OfNode(FindingList found) => Add<NodeDraft>(
        new()
        {
            { "roles", (node, value) => node.Roles = new([.. value.AsWords().Select(Role).Distinct()], value.Place) },
            { "tunnel-ip", (node, value) => node.TunnelAddress = new(value.AsAddress(), value.Place) },
            { "address", (node, value) => node.Address = new(value.AsAddress(), value.Place) },
        },
        found);

    /// <summary>physnet1:eth1 and so on as words, or as a mapping.</summary>
    public static Setting<IReadOnlyList<BridgeMapping>> Mappings(YamlValue value)
    {
        if (value.Entries is { } entries)
        {
            return new([.. entries.Select(entry => Mapping(YamlValue.Scalar(entry.Place, $"{entry.Key}:{entry.Value.AsInterface()}", quoted: true)))], value.Place);
        }

        return new([.. value.AsWords().Select(Mapping)], value.Place);
    }

    public static string Mode(YamlValue value) => value.AsOneOf("dvr", "dvr_snat", "dvr_no_external", "legacy");

    private static KeyTable<T> Add<T>(KeyTable<T> keys, FindingList found)
        where T : AgentDraft
    {
        keys.Add("mode", (agent, value) => agent.Mode = new(Mode(value), value.Place));
        keys.Add("tunnel-nic", (agent, value) => agent.TunnelNic = new(value.AsInterface(), value.Place));
        keys.Add("nics", (agent, value) => ReadNics(agent, value, found));
        keys.Add("bridge-mappings", (agent, value) => agent.BridgeMappings = Mappings(value));
        keys.Add("network-config", (agent, value) => agent.NetworkConfig = new(SitePath.Resolve(value.Place.File, value.AsText()), value.Place));
        return keys;
    }

    private static NodeRole Role(YamlValue value) => value.Text switch
    {
        "compute" => NodeRole.Compute,
        "gateway" or "network" or "networker" or "controller" => NodeRole.Gateway,
        "server" => NodeRole.Server,
        _ => throw value.Fault("a role (compute, gateway, network, networker, controller or server)"),
    };

    /// <summary>Names alone as words, or a mapping from each to its MTU or to a section with it.</summary>
    private static void ReadNics(AgentDraft agent, YamlValue value, FindingList found)
    {
        if (value.Entries is not { } entries)
        {
            foreach (YamlValue word in value.AsWords())
            {
                agent.PutNic(new SiteNic(word.AsInterface(), null, word.Place));
            }

            return;
        }

        foreach (YamlEntry entry in entries)
        {
            string name = YamlValue.Scalar(entry.Place, entry.Key, quoted: true).AsInterface();
            agent.PutNic(new SiteNic(name, null, entry.Place));
            if (entry.Value.Entries is null)
            {
                found.Guard(() => PutMtu(agent, name, entry.Place, entry.Value));
            }
            else
            {
                new KeyTable<AgentDraft> { { "mtu", (of, mtu) => PutMtu(of, name, entry.Place, mtu) } }.Apply(agent, entry.Value, found);
            }
        }
    }

    private static void PutMtu(AgentDraft agent, string nic, Place place, YamlValue value)
    {
        if (!value.IsNull)
        {
            agent.PutNic(new SiteNic(nic, new(value.AsInteger(LeastMtu, MostMtu), value.Place), place));
        }
    }

    private static BridgeMapping Mapping(YamlValue word) =>
        word.Text!.Split(':') is [var network, var target] && YamlConversions.IsName(network) && YamlConversions.IsInterface(target)
            ? new BridgeMapping(network, target)
            : throw word.Fault("NETWORK:INTERFACE");
}

using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Checks;

/// <summary>Bridge mappings: each comes to a NIC, and each physical network that is spoken of is reached.</summary>
internal static class MappingRules
{
    public static void Check(Site site, FindingList found)
    {
        foreach (SiteNode node in site.Agents)
        {
            CheckNode(node, found);
        }

        CheckGateways(site, found);
        foreach (PhysicalVlans vlans in site.VlanRanges.Value.Where(vlans => !IsMapped(site, vlans.PhysicalNetwork)))
        {
            found.Add(FindingKinds.VlanRangeWithoutMapping, site.VlanRanges.Place, $"no node maps {vlans.PhysicalNetwork}, of '{vlans}'");
        }

        foreach (string flat in site.FlatNetworks.Value.Where(flat => flat != "*" && !IsMapped(site, flat)))
        {
            found.Add(FindingKinds.FlatNetworkWithoutMapping, site.FlatNetworks.Place, $"no node maps {flat}");
        }
    }

    private static void CheckNode(SiteNode node, FindingList found)
    {
        Dictionary<string, string> seen = new(StringComparer.Ordinal);
        Place place = node.BridgeMappings.Place;
        foreach (MappedNic mapped in MappedNic.All(node))
        {
            string network = mapped.Mapping.PhysicalNetwork;
            if (mapped.Nic is not { } nic)
            {
                found.Add(mapped.Fault!, place, mapped.Reason!, node);
            }
            else if (!seen.TryAdd(nic, network) && seen[nic] != network)
            {
                found.Add(FindingKinds.NicMappedTwice, place, $"{nic} of {node.Name} is mapped to {seen[nic]} and to {network}", node);
            }
            else if (mapped.Bridge is { } bridge)
            {
                found.Add(FindingKinds.BridgeNotNeeded, place, $"{mapped.Mapping} on {node.Name}: the agent uses {nic} itself, not the bridge '{bridge.Name}' around it", node);
            }
        }
    }

    private static void CheckGateways(Site site, FindingList found)
    {
        if (!site.Gateways.Any())
        {
            return;
        }

        HashSet<string> reached = [.. site.Gateways.SelectMany(node => node.BridgeMappings.Value).Select(mapping => mapping.PhysicalNetwork)];
        foreach (IGrouping<string, (string Network, Place Place)> network in Spoken(site).GroupBy(said => said.Network).Where(said => !reached.Contains(said.Key)))
        {
            found.Add(FindingKinds.PhysicalNetworkWithoutGateway, network.First().Place, $"no gateway node maps {network.Key}");
        }
    }

    /// <summary>Physical networks that are mapped somewhere, and the external one.</summary>
    private static IEnumerable<(string Network, Place Place)> Spoken(Site site) =>
    [
        .. site.External.PhysicalNetwork is { } external ? [(external.Value, external.Place)] : ((string, Place)[])[],
        .. site.Agents.SelectMany(node => node.BridgeMappings.Value.Select(mapping => (mapping.PhysicalNetwork, node.BridgeMappings.Place))),
    ];

    private static bool IsMapped(Site site, string network) => site.Agents.Any(node => node.BridgeMappings.Value.Any(mapping => mapping.PhysicalNetwork == network));
}

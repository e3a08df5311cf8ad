using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Yaml;
using Vicinal.Model.Rules;

namespace Vicinal.Deployment.Checks;

/// <summary>That what networks are told to carry fits through every NIC on the way.</summary>
internal static class MtuRules
{
    /// <summary>What every IPv6 link carries, RFC 8200 section 5.</summary>
    private const int LeastIpv6 = 1280;

    /// <summary>By how much an IPv6 header is longer than an IPv4 one.</summary>
    private const int Ipv6Extra = 20;

    public static void Check(Site site, FindingList found)
    {
        int tunnel = TunnelPacketSize(site);
        List<(SiteNode Node, int Mtu)> tunnelNics = [];
        foreach (SiteNode node in site.Agents)
        {
            if (node.TunnelNic is { } name && node.Nic(name.Value)?.Mtu is { } mtu)
            {
                tunnelNics.Add((node, mtu.Value));
                if (mtu.Value < tunnel)
                {
                    found.Add(FindingKinds.UnderlayMtu, mtu.Place, $"{name.Value} of {node.Name} carries {mtu.Value} bytes, and tunnel packets have up to {tunnel}", node);
                }
            }

            foreach (MappedNic mapped in MappedNic.All(node).Where(mapped => mapped.Mtu < site.Mtu.Value))
            {
                Place place = node.Nic(mapped.Nic!)?.Mtu?.Place ?? mapped.Bridge?.Place ?? node.BridgeMappings.Place;
                found.Add(FindingKinds.PhysicalMtu, place, $"{mapped.Nic} of {node.Name} carries {mapped.Mtu} bytes, and networks on {mapped.Mapping.PhysicalNetwork} are told {site.Mtu.Value}", node);
            }
        }

        if (tunnelNics.Select(nic => nic.Mtu).Distinct().Count() > 1)
        {
            string list = string.Join(", ", tunnelNics.GroupBy(nic => nic.Mtu).OrderBy(group => group.Key).Select(group => $"{group.Key} on {string.Join(" ", group.Select(nic => nic.Node.Name))}"));
            found.Add(FindingKinds.UnderlayMtuDiffers, new Place(site.File, 0, "nodes"), list);
        }

        CheckTenants(site, found);
    }

    /// <summary>The longest IP packet between two nodes: every network's MTU follows from the site's, less its encapsulation over IPv4.</summary>
    public static int TunnelPacketSize(Site site) =>
        site.Mtu.Value + (site.Agents.Any(node => node.TunnelAddress is { Value.IsIpv6: true }) ? Ipv6Extra : 0);

    private static void CheckTenants(Site site, FindingList found)
    {
        foreach (string type in site.TenantTypes.Value.Where(type => site.Mtu.Value - NetworkTypes.Overhead(type) < LeastIpv6))
        {
            found.Add(FindingKinds.TenantMtuSmall, site.Mtu.Place, $"networks of type {type} carry {site.Mtu.Value - NetworkTypes.Overhead(type)} bytes");
        }
    }
}

using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Yaml;
using Vicinal.Model.Rules;

namespace Vicinal.Deployment.Checks;

/// <summary>That what networks are told to carry fits through every NIC on the way.</summary>
internal static class MtuRules
{
    /// <summary>What every IPv6 link carries, RFC 8200 section 5.</summary>
    private const int LeastIpv6 = 1280;

    public static void Check(Site site, FindingList found)
    {
        CloudSettings cloud = SiteCloud.Of(site);
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

            CheckMapped(node, cloud, found);
        }

        if (tunnelNics.Select(nic => nic.Mtu).Distinct().Count() > 1)
        {
            string list = string.Join(", ", tunnelNics.GroupBy(nic => nic.Mtu).OrderBy(group => group.Key).Select(group => $"{group.Key} on {string.Join(" ", group.Select(nic => nic.Node.Name))}"));
            found.Add(FindingKinds.UnderlayMtuDiffers, new Place(site.File, 0, "nodes"), list);
        }

        foreach (string type in site.TenantTypes.Value.Where(NetworkTypes.IsTunnelled))
        {
            if (NetworkMtus.LargestOf(type, null, cloud) is < LeastIpv6 and int mtu)
            {
                found.Add(FindingKinds.TenantMtuSmall, site.PathMtu.Value > 0 ? site.PathMtu.Place : site.Mtu.Place, $"networks of type {type} carry {mtu} bytes");
            }
        }
    }

    /// <summary>The longest IP packet that tunnels send between two nodes.</summary>
    public static int TunnelPacketSize(Site site) => site.PathMtu.Value == 0 ? site.Mtu.Value : Math.Min(site.Mtu.Value, site.PathMtu.Value);

    /// <summary>What networks on a physical network are told at most.</summary>
    public static int PhysicalMtu(string physicalNetwork, CloudSettings cloud) => NetworkMtus.LargestOf(NetworkTypes.Flat, physicalNetwork, cloud);

    private static void CheckMapped(SiteNode node, CloudSettings cloud, FindingList found)
    {
        foreach (MappedNic mapped in MappedNic.All(node))
        {
            string network = mapped.Mapping.PhysicalNetwork;
            int told = PhysicalMtu(network, cloud);
            if (mapped.Mtu < told)
            {
                Place place = node.Nic(mapped.Nic!)?.Mtu?.Place ?? mapped.Bridge?.Place ?? node.BridgeMappings.Place;
                found.Add(FindingKinds.PhysicalMtu, place, $"{mapped.Nic} of {node.Name} carries {mapped.Mtu} bytes, and networks on {network} are told {told}", node);
            }
        }
    }
}

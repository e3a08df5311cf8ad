using System.Globalization;
using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;

namespace Vicinal.Deployment.Rendering;

/// <summary>The server's configuration file, and the part of it that is the cloud's: a lab gives its server the same options.</summary>
public static class ServerConfig
{
    /// <summary>Options by their long names without dashes, one entry a value, in the order of docs/configuration.md.</summary>
    public static IReadOnlyList<(string Option, string Value)> CloudOptions(Site site)
    {
        List<(string, string)> options = [];
        options.AddRange(site.TenantTypes.Value.Select(type => ("tenant-network-type", type)));
        if (SegmentRules.Joined(SegmentRules.RangesOf(site).Value) is [{ } range, ..])
        {
            options.Add(("vni-range", range.ToString()));
        }

        options.AddRange(PhysicalNetworks(site).Select(network => ("physical-network", network)));
        options.AddRange(site.VlanRanges.Value.Where(vlans => vlans.TenantRange is not null).Select(vlans => ("vlan-range", vlans.ToString())));
        options.Add(("global-mtu", site.Mtu.Value.ToString(CultureInfo.InvariantCulture)));
        options.Add(("router-distributed", Word(site.Dvr.Value)));
        return options;
    }

    internal static RenderedFile Render(Site site, SiteNode node)
    {
        ConfigText text = new($"{node.Name}, the server of {SitePath.NameOf(site.File)}. Written by `vicinal deploy render`; change the site instead.");
        text.Add("listen", site.Server.Listen.Value);
        text.Add("agents", site.AgentsEndPoint!.ToString());
        text.Add("store", NodePaths.ServerStore);
        foreach (IGrouping<string, string> option in CloudOptions(site).GroupBy(entry => entry.Option, entry => entry.Value))
        {
            if (option.Key is "tenant-network-type" or "physical-network" or "vlan-range")
            {
                text.Add(option.Key, option.AsEnumerable());
            }
            else
            {
                text.Add(option.Key, option.Single());
            }
        }

        if (site.Tls.Value is not null)
        {
            text.Add("tls-cert", $"{NodePaths.ServerCredentials}/tls.crt");
            text.Add("tls-key", $"{NodePaths.ServerCredentials}/tls.key");
            text.Add("tls-ca", $"{NodePaths.ServerCredentials}/ca.crt");
        }

        return new RenderedFile(node.Name, SitePath.NameOf(NodePaths.ServerConfig), text.ToString());
    }

    /// <summary>What flat and VLAN networks may use; none where any may be used for flat ones.</summary>
    private static IEnumerable<string> PhysicalNetworks(Site site) => site.FlatNetworks.Value is [] || site.FlatNetworks.Value.Contains("*")
        ? []
        : site.FlatNetworks.Value.Concat(site.VlanRanges.Value.Select(vlans => vlans.PhysicalNetwork)).Distinct();

    private static string Word(bool value) => value ? "true" : "false";
}

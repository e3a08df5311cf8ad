using System.Globalization;
using Vicinal.Deployment.Sites;
using Vicinal.Model.Rules;

namespace Vicinal.Deployment.Rendering;

/// <summary>The server's configuration file, and the part of it that is the cloud's: a lab gives its server the same options.</summary>
public static class ServerConfig
{
    /// <summary>Options by their long names without dashes, one entry a value, in the order of docs/configuration.md. What the site leaves to the server is not said.</summary>
    public static IReadOnlyList<(string Option, string Value)> CloudOptions(Site site)
    {
        CloudSettings cloud = SiteCloud.Of(site);
        List<(string, string)> options = [];
        options.AddRange(cloud.TenantNetworkTypes.Select(type => ("tenant-network-type", type)));
        options.AddRange(cloud.TunnelRanges.Select(range => ("vni-range", $"{range.NetworkType}:{range.First}:{range.Last}")));
        options.AddRange(cloud.PhysicalNetworks.Select(network => ("physical-network", network)));
        options.AddRange(site.VlanRanges.Value.Select(vlans => ("vlan-range", vlans.ToString())));
        options.Add(("global-mtu", Number(cloud.GlobalMtu)));
        options.Add(("path-mtu", Number(cloud.PathMtu)));
        options.AddRange(cloud.PhysicalNetworkMtus.Select(known => ("physical-network-mtu", $"{known.PhysicalNetwork}:{known.Mtu}")));
        options.Add(("overlay-ip-version", Number(cloud.OverlayIpVersion)));
        options.Add(("router-distributed", Word(cloud.RouterDistributed)));
        options.Add(("router-ha", Word(cloud.RouterHa)));
        options.Add(("enable-dvr", Word(cloud.EnableDvr)));
        options.Add(("max-l3-agents-per-router", Number(cloud.MaxL3AgentsPerRouter)));
        options.Add(("allow-automatic-l3agent-failover", Word(site.AutomaticFailover.Value)));
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
            if (option.Count() > 1)
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

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Word(bool value) => value ? "true" : "false";
}

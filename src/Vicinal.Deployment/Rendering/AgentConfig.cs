using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Sites;

namespace Vicinal.Deployment.Rendering;

/// <summary>An agent's configuration file.</summary>
internal static class AgentConfig
{
    public static RenderedFile Render(Site site, SiteNode node)
    {
        ConfigText text = new($"{node.Name} ({string.Join(", ", node.Roles.Value.Select(role => $"{role}".ToLowerInvariant()))}) of {SitePath.NameOf(site.File)}. Written by `vicinal deploy render`; change the site instead.");
        text.Add("host", node.Name);
        text.Add("server", site.ServerEndPoint!.ToString());
        text.Add("tunnel-ip", node.TunnelAddress!.Value.Value.ToString());
        text.Add("mode", node.Mode.Value);
        text.Add("bridge-mapping", MappedNic.All(node).Where(mapped => mapped.Nic is not null).Select(mapped => $"{mapped.Mapping.PhysicalNetwork}:{mapped.Nic}"));
        text.Add("datapath", site.Datapath.Value);
        text.Add("state-dir", NodePaths.AgentState);
        if (site.Tls.Value is { } folder)
        {
            text.Add("tls-cert", $"{folder}/{node.Name}.crt");
            text.Add("tls-key", $"{folder}/{node.Name}.key");
            text.Add("tls-ca", $"{folder}/ca.crt");
        }

        return new RenderedFile(node.Name, SitePath.NameOf(NodePaths.AgentConfig), text.ToString());
    }
}

using Vicinal.Deployment.Sites;

namespace Vicinal.Deployment.Rendering;

/// <summary>All files of a site, by node. They follow from the site alone: the same site, the same bytes.</summary>
public static class SiteRendering
{
    /// <param name="site">One whose check has no error.</param>
    public static IReadOnlyList<RenderedFile> Render(Site site) => [.. site.Nodes.SelectMany(node => Render(site, node))];

    private static IEnumerable<RenderedFile> Render(Site site, SiteNode node)
    {
        if (node.Is(NodeRole.Server))
        {
            yield return ServerConfig.Render(site, node);
            yield return ServerUnit.Render(site, node);
        }

        if (!node.IsAgent)
        {
            yield break;
        }

        yield return AgentConfig.Render(site, node);
        foreach (RenderedFile unit in AgentUnits.Render(site, node))
        {
            yield return unit;
        }
    }
}

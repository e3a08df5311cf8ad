using Vicinal.Deployment.Checks;
using Vicinal.Deployment.Tripleo;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Sites;

/// <summary>
/// Reads a site file and puts environment files on top of it, in the order given; what a later file says wins. All that is wrong with them is found at
/// once: a value that is refused leaves what was said before.
/// </summary>
public static class SiteReader
{
    /// <summary>The site, and what reading it found; a site with an error among the findings is not to be built.</summary>
    public static (Site Site, FindingList Found) Read(string siteFile, IReadOnlyList<string> environments, ReadSiteFile files)
    {
        FindingList found = [];
        SiteDraft draft = new(siteFile, found);
        Apply(draft, siteFile, files);
        foreach (string environment in environments)
        {
            Apply(draft, environment, files);
            if (TripleoInputs.DvrEnvironmentFiles.Contains(SitePath.NameOf(environment)))
            {
                draft.DvrEnvironment = new Place(environment, 1, "");
            }
        }

        return (SiteAssembly.Build(draft, path => ReadNetworkConfig(path, files, draft.Parameters)), found);
    }

    private static void Apply(SiteDraft draft, string file, ReadSiteFile files)
    {
        FileText read = files(file);
        if (read.Text is null)
        {
            draft.Found.Add(FindingKinds.UnreadableFile, new Place(file, 0, ""), read.Fault!);
            return;
        }

        try
        {
            if (YamlReader.Read(file, read.Text) is { } root)
            {
                SiteKeys.All.Apply(draft, root, draft.Found);
            }
        }
        catch (YamlFaultException e)
        {
            draft.Found.Add(FindingKinds.NotYaml, e.Place, e.Message);
        }
    }

    private static (NetworkConfigFile? File, string? Fault) ReadNetworkConfig(string path, ReadSiteFile files, IReadOnlyDictionary<string, string> parameters)
    {
        FileText read = files(path);
        if (read.Text is null)
        {
            return (null, read.Fault);
        }

        try
        {
            return YamlReader.Read(path, read.Text) is { } root ? (NetworkConfigFile.Read(root, parameters), null) : (null, "the file says nothing");
        }
        catch (YamlFaultException e)
        {
            bool template = read.Text.Contains("{{", StringComparison.Ordinal) || read.Text.Contains("{%", StringComparison.Ordinal);
            return (null, template ? "it is a Jinja template; name the file that is rendered from it" : $"line {e.Place.Line}: {e.Message}");
        }
    }
}

using Vicinal.Deployment.Sites;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Tripleo;

/// <summary>The network configurations that an environment file's resource_registry names. What it names of other services is left alone.</summary>
internal static class ResourceRegistry
{
    private const string Prefix = "OS::TripleO::";
    private const string Suffix = "::Net::SoftwareConfig";

    public static void Apply(SiteDraft site, YamlValue registry)
    {
        site.UsesTripleo = true;
        foreach (YamlEntry entry in registry.AsMapping())
        {
            if (RoleOf(entry.Key) is { } role && TripleoRoles.Find(site, role) is { } draft)
            {
                site.Found.Guard(() => draft.NetworkConfig = IsNoFile(entry.Value.AsText()) ? null : new(SitePath.Resolve(entry.Place.File, entry.Value.AsText()), entry.Value.Place));
            }
        }
    }

    private static string? RoleOf(string key) =>
        key.Length > Prefix.Length + Suffix.Length && key.StartsWith(Prefix, StringComparison.Ordinal) && key.EndsWith(Suffix, StringComparison.Ordinal)
            ? key[Prefix.Length..^Suffix.Length]
            : null;

    /// <summary>OS::Heat::None and other types that are no file.</summary>
    private static bool IsNoFile(string value) => value.StartsWith("OS::", StringComparison.Ordinal);
}

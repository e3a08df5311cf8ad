namespace Vicinal.Deployment.Sites;

/// <summary>Paths in a site's files, as text: relative ones are relative to the folder of the file that names them.</summary>
public static class SitePath
{
    private const string Scheme = "file://";

    /// <summary>The path that a file names, without '.' and '..' where they can be resolved, so that two names of one file are equal.</summary>
    public static string Resolve(string file, string named)
    {
        string plain = named.StartsWith(Scheme, StringComparison.Ordinal) ? named[Scheme.Length..] : named;
        return Normalize(plain.StartsWith('/') ? plain : FolderOf(file) + plain);
    }

    /// <summary>What stands behind the last slash.</summary>
    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string FolderOf(string file) => file[..(file.LastIndexOf('/') + 1)];

    private static string Normalize(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."))
        {
            if (part == ".." && parts is [.., not ".."])
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".." || !path.StartsWith('/'))
            {
                parts.Add(part);
            }
        }

        return (path.StartsWith('/') ? "/" : "") + string.Join('/', parts);
    }
}

namespace Vicinal.Deployment.Sites;

/// <summary>A file's text, or why there is none.</summary>
public readonly record struct FileText(string? Text, string? Fault);

/// <summary>Reads a file that a site consists of. It never reads more than <see cref="Yaml.YamlReader.MaxCharacters"/> and a little.</summary>
public delegate FileText ReadSiteFile(string path);

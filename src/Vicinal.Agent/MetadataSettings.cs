namespace Vicinal.Agent;

/// <summary>Where metadata comes from: Nova, or files of a lab.</summary>
public sealed record MetadataSettings
{
    private MetadataSettings()
    {
    }

    /// <summary>Of Nova's metadata API.</summary>
    public Uri? Url { get; private init; }

    /// <summary>What Nova knows as metadata_proxy_shared_secret.</summary>
    public byte[]? Secret { get; private init; }

    /// <summary>Of the built-in source.</summary>
    public string? Directory { get; private init; }

    /// <summary>All of them null: instances are told that there is no metadata.</summary>
    /// <exception cref="FormatException">They do not go together, or one of them cannot be used.</exception>
    public static MetadataSettings Parse(string? url, string? secretFile, string? directory)
    {
        if (url is null != secretFile is null)
        {
            throw new FormatException("--metadata-url and --metadata-secret-file go together");
        }

        if (url is not null && directory is not null)
        {
            throw new FormatException("--metadata-url and --metadata-directory exclude each other");
        }

        return new MetadataSettings
        {
            Url = url is null ? null : ParseUrl(url),
            Secret = secretFile is null ? null : ReadSecret(secretFile),
            Directory = directory is null ? null : Path.GetFullPath(directory),
        };
    }

    private static Uri ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" && url.Query.Length == 0
            ? url
            : throw new FormatException($"--metadata-url: '{text}' is not an http or https URL");

    private static byte[] ReadSecret(string file)
    {
        try
        {
            string secret = File.ReadAllText(file).Trim();
            return secret.Length > 0 ? System.Text.Encoding.UTF8.GetBytes(secret) : throw new FormatException($"--metadata-secret-file: {file} is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--metadata-secret-file: {e.Message}", e);
        }
    }
}

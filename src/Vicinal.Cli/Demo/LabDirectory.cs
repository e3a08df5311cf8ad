namespace Vicinal.Cli.Demo;

/// <summary>Where a lab keeps its logs, certificates and state: one folder a lab and user.</summary>
internal static class LabDirectory
{
    public static string Of(string lab) => Path.Combine(Path.GetTempPath(), $"vicinal-{Unprivileged.UserName}", lab);

    public static void Delete(string lab)
    {
        string directory = Of(lab);
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        string? ofUser = Path.GetDirectoryName(directory);
        if (Directory.Exists(ofUser) && !Directory.EnumerateFileSystemEntries(ofUser).Any())
        {
            Directory.Delete(ofUser);
        }
    }
}

namespace Vicinal.Cli.Tests.Deploy;

/// <summary>A folder for a test's files, and the examples of this checkout.</summary>
internal sealed class DeployFiles : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("vicinal-deploy-").FullName;

    public string Output => Path.Combine(Folder, "nodes");

    public static string Site => Example("site.yaml");

    public static string Example(string name)
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Vicinal.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run from inside a checkout.");
        }

        return Path.Combine(folder.FullName, "examples", name);
    }

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Every rendered file by its path within the folder, with its bytes and its time.</summary>
    public Dictionary<string, (string Text, DateTime Written)> Rendered() =>
        Directory.EnumerateFiles(Output, "*", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(Output, file), file => (File.ReadAllText(file), File.GetLastWriteTimeUtc(file)));

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

using Vicinal.Deployment.Rendering;

namespace Vicinal.Cli.Deploy;

/// <summary>
/// The folder that rendered files go to. Nothing is written outside of it: a node's folder that is a link is refused, and a file that is one is
/// replaced. A file appears whole or not at all, and one that is as it should be is not touched.
/// </summary>
internal sealed class OutputFolder(string path)
{
    /// <summary>True when the file was written; false when it was there with the same text.</summary>
    public bool Write(RenderedFile file)
    {
        DirectoryInfo folder = new(Path.Combine(path, file.Folder));
        if (folder.LinkTarget is not null || (folder.Exists && folder.Attributes.HasFlag(FileAttributes.ReparsePoint)))
        {
            throw new IOException($"{folder.FullName} is a link; remove it, so that nothing is written elsewhere");
        }

        folder.Create();
        FileInfo target = new(Path.Combine(folder.FullName, file.Name));
        if (target is { Exists: true, LinkTarget: null } && File.ReadAllText(target.FullName) == file.Text)
        {
            return false;
        }

        string part = Path.Combine(folder.FullName, $".{file.Name}.{Guid.NewGuid():n}");
        File.WriteAllText(part, file.Text);
        File.Move(part, target.FullName, overwrite: true);
        return true;
    }

    /// <summary>Folders beside those of the files.</summary>
    public IEnumerable<string> Others(IEnumerable<RenderedFile> files) =>
        Directory.EnumerateDirectories(path).Where(folder => files.All(file => file.Folder != Path.GetFileName(folder))).Order(StringComparer.Ordinal);
}

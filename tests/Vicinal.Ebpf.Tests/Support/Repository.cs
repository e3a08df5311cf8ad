namespace Vicinal.Ebpf.Tests.Support;

/// <summary>The source tree that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static string Programs { get; } = Path.Combine(Root, "src", "Vicinal.Ebpf", "Programs");

    private static string Find(string directory)
    {
        DirectoryInfo? at = new(directory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Vicinal.slnx")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException($"{directory} is not in the source tree.");
    }
}

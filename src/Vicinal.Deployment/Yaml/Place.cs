namespace Vicinal.Deployment.Yaml;

/// <summary>Where something is said: a file, its line, and the key as a path, such as nodes.c1.tunnel-ip. Line 0: nowhere, it is the default.</summary>
public readonly record struct Place(string File, int Line, string Key)
{
    public bool IsSaid => Line > 0;

    public override string ToString() => (IsSaid, Key.Length > 0) switch
    {
        (true, true) => $"{File}:{Line}: {Key}",
        (true, false) => $"{File}:{Line}",
        (false, true) => $"{File}: {Key}",
        (false, false) => File,
    };
}

using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Sites;

/// <summary>A value of the site, and where it was said last; the later file wins.</summary>
public readonly record struct Setting<T>(T Value, Place Place)
{
    public override string ToString() => $"{Value}";
}

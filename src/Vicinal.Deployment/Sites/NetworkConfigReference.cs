using Vicinal.Deployment.Tripleo;
using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Sites;

/// <summary>A role's network configuration: the file that it names, where it is named, and what is in it.</summary>
/// <param name="Path">As it was resolved, relative to the file that names it.</param>
/// <param name="Fault">Why it could not be read; null when it could.</param>
public sealed record NetworkConfigReference(string Path, Place Place, NetworkConfigFile? File, string? Fault);

using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Sites;

/// <summary>A NIC of a node.</summary>
/// <param name="Mtu">Null where nobody said; then only the node itself can tell.</param>
public sealed record SiteNic(string Name, Setting<int>? Mtu, Place Place);

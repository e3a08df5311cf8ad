using Vicinal.Deployment.Yaml;

namespace Vicinal.Deployment.Checks;

/// <summary>One thing that a check found: what kind, where, and what exactly is wrong there.</summary>
/// <param name="Node">The node concerned; null where it concerns the site as a whole.</param>
public sealed record Finding(FindingKind Kind, Place Place, string Message, string? Node);

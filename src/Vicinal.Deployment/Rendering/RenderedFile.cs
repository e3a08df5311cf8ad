namespace Vicinal.Deployment.Rendering;

/// <summary>A file to be written.</summary>
/// <param name="Folder">The node's name.</param>
public sealed record RenderedFile(string Folder, string Name, string Text);

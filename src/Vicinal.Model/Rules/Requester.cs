using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>Who asks, as far as rules depend on it.</summary>
public readonly record struct Requester(string ProjectId, bool IsAdmin)
{
    /// <summary>The server itself, which may do everything.</summary>
    public static Requester System { get; } = new("", IsAdmin: true);

    public bool Owns(string projectId) => IsAdmin || ProjectId == projectId;

    public bool Owns(Resource resource) => Owns(resource.ProjectId);
}

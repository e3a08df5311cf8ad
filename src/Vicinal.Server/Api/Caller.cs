using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Vicinal.Model.Resources;

namespace Vicinal.Server.Api;

/// <summary>On whose behalf a request is made.</summary>
public sealed record Caller(string ProjectId, bool IsAdmin)
{
    /// <summary>Who calls when authentication is off, as Neutron's noauth has it.</summary>
    public static Caller Nobody { get; } = new("fake_project_id", IsAdmin: true);

    public bool Owns(Resource resource) => IsAdmin || resource.ProjectId == ProjectId;

    public static Caller Of(HttpContext http)
    {
        ClaimsPrincipal user = http.User;
        string project = user.FindFirstValue(CallerClaims.Project)
            ?? throw new InvalidOperationException("the request has passed no authentication");
        return new Caller(project, user.IsInRole(CallerClaims.AdminRole));
    }
}

/// <summary>What an authentication scheme must say about a caller.</summary>
public static class CallerClaims
{
    public const string Project = "project_id";
    public const string AdminRole = "admin";
}

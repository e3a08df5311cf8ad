using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Vicinal.Server.Api.Http;

/// <summary>What an authentication scheme must say about a caller.</summary>
public static class CallerClaims
{
    public const string Project = "project_id";
    public const string AdminRole = "admin";

    public static Caller CallerOf(HttpContext http)
    {
        ClaimsPrincipal user = http.User;
        string project = user.FindFirstValue(Project)
            ?? throw new InvalidOperationException("the request has passed no authentication");
        return new Caller(project, user.IsInRole(AdminRole));
    }
}

using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Vicinal.Server.Api.Http;

/// <summary>
/// --auth none: whoever reaches the port is an admin of one project, unless X-Project-Id and X-Roles say otherwise. Roles that
/// are sent count, also when there are none among them: a caller who lists his roles is taken at his word.
/// </summary>
internal sealed class NoAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "none";

    private const string DefaultProject = "fake_project_id";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        IHeaderDictionary headers = Request.Headers;
        string project = headers["X-Project-Id"].ToString();
        ClaimsIdentity identity = new([new Claim(CallerClaims.Project, project.Length == 0 ? DefaultProject : project)], SchemeName);
        string roles = headers.TryGetValue("X-Roles", out StringValues sent) ? sent.ToString() : CallerClaims.AdminRole;
        foreach (string role in roles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            identity.AddClaim(new Claim(ClaimTypes.Role, role.ToLowerInvariant()));
        }

        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName)));
    }
}

using Vicinal.Server.Api.Listing;
using GroupRules = Vicinal.Model.Rules.SecurityGroups;

namespace Vicinal.Server.Api.SecurityGroups;

/// <summary>A project's first look at its security groups or their rules makes its default group, as in Neutron.</summary>
internal static class DefaultGroups
{
    public static async Task EnsureAsync(ApiServices services, Caller caller, ListQuery query, CancellationToken cancellation)
    {
        // Only an admin looks into another project; what he asks for comes into being for that one.
        string project = caller.IsAdmin && (query.Filter("project_id") ?? query.Filter("tenant_id")) is [{ Length: > 0 } asked, ..]
            ? asked
            : caller.ProjectId;
        if (project.Length > 0 && GroupRules.FindDefault(services.Writer.Current, project) is null)
        {
            _ = await services.Writer.WriteAsync(edit => GroupRules.EnsureDefault(edit, project), cancellation);
        }
    }
}

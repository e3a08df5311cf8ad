using Vicinal.Model.Resources;

namespace Vicinal.Server.Api.SecurityGroups;

/// <summary>A rule as it stands inside its group; the same as on its own.</summary>
internal static class SecurityGroupRuleView
{
    public static Dictionary<string, object?> Tree(SecurityGroupRule rule) => new()
    {
        ["id"] = rule.Id,
        ["tenant_id"] = rule.ProjectId,
        ["project_id"] = rule.ProjectId,
        ["security_group_id"] = rule.SecurityGroupId,
        ["direction"] = rule.Direction,
        ["ethertype"] = rule.EtherType,
        ["protocol"] = rule.Protocol,
        ["port_range_min"] = rule.PortRangeMin,
        ["port_range_max"] = rule.PortRangeMax,
        ["remote_ip_prefix"] = rule.RemoteIpPrefix,
        ["normalized_cidr"] = rule.RemotePrefix,
        ["remote_group_id"] = rule.RemoteGroupId,
        ["remote_address_group_id"] = null,
        ["description"] = rule.Description,
        ["tags"] = rule.Tags,
        ["created_at"] = rule.CreatedAt,
        ["updated_at"] = rule.UpdatedAt,
        ["revision_number"] = rule.RevisionNumber,
    };
}

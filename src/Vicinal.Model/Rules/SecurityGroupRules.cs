using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>A security group rule as a request asks for it, its values still as the user wrote them.</summary>
public sealed record SecurityGroupRuleRequest
{
    public required string SecurityGroupId { get; init; }

    public required string Direction { get; init; }

    public string EtherType { get; init; } = "IPv4";

    public string? Protocol { get; init; }

    public int? PortRangeMin { get; init; }

    public int? PortRangeMax { get; init; }

    public string? RemoteIpPrefix { get; init; }

    public string? RemoteGroupId { get; init; }

    public string Description { get; init; } = "";

    public required string ProjectId { get; init; }
}

/// <summary>What Neutron demands of security group rules. What they mean never changes: a rule is made and removed.</summary>
public static class SecurityGroupRules
{
    public static SecurityGroupRule Get(Topology topology, Guid id) =>
        topology.SecurityGroupRules.GetValueOrDefault(id) ?? throw SecurityGroupFaults.RuleNotFound(id.ToString());

    public static SecurityGroupRule Create(TopologyEdit edit, SecurityGroupRuleRequest request, Requester requester) =>
        CreateAll(edit, [request], requester)[0];

    /// <summary>All of them or none; they must be of one group and one project.</summary>
    public static IReadOnlyList<SecurityGroupRule> CreateAll(
        TopologyEdit edit, IReadOnlyList<SecurityGroupRuleRequest> requests, Requester requester)
    {
        if (requests.Any(r => r.SecurityGroupId != requests[0].SecurityGroupId))
        {
            throw SecurityGroupFaults.NotSingleGroup();
        }

        if (requests.Any(r => r.ProjectId != requests[0].ProjectId))
        {
            throw SecurityGroupFaults.NotSingleProject();
        }

        List<SecurityGroupRule> rules = [.. requests.Select(r => Checked(edit, r, requester))];
        RefuseDuplicates(edit.Current, rules);
        List<SecurityGroupRule> made = [.. rules.Select(edit.Put)];
        edit.Touch(edit.Current.SecurityGroups[made[0].SecurityGroupId]);
        return made;
    }

    /// <summary>The description is all that may change.</summary>
    public static SecurityGroupRule Describe(TopologyEdit edit, Guid id, string description) =>
        edit.Put(Get(edit.Current, id) with { Description = description });

    public static void Delete(TopologyEdit edit, Guid id)
    {
        SecurityGroupRule rule = Get(edit.Current, id);
        edit.Remove(rule);
        edit.Touch(SecurityGroups.Get(edit.Current, rule.SecurityGroupId));
    }

    private static SecurityGroupRule Checked(TopologyEdit edit, SecurityGroupRuleRequest request, Requester requester)
    {
        string direction = request.Direction is "ingress" or "egress"
            ? request.Direction
            : throw SecurityGroupFaults.InvalidDirection(request.Direction);
        string etherType = EtherType(request.EtherType);
        string? protocol = SecurityGroupProtocols.ForEtherType(SecurityGroupProtocols.Canonical(request.Protocol), etherType);
        string? shownPrefix = string.IsNullOrEmpty(request.RemoteIpPrefix) ? null : ShownPrefix(request.RemoteIpPrefix);
        IpPrefix? prefix = shownPrefix is null ? null : IpPrefix.Parse(shownPrefix);
        byte? number = protocol is null ? null : SecurityGroupProtocols.Number(protocol);
        (int? min, int? max) = SecurityGroupPortRanges.Canonical(number, request.PortRangeMin, request.PortRangeMax);
        if (prefix is { } p && p.IsIpv4 != (etherType == "IPv4"))
        {
            throw SecurityGroupFaults.PrefixConflict(etherType, shownPrefix!);
        }

        if (etherType == "IPv4" && protocol is not null && SecurityGroupProtocols.IsIpv6Only(protocol))
        {
            throw SecurityGroupFaults.ProtocolConflict(etherType, protocol);
        }

        if (prefix is not null && request.RemoteGroupId is not null)
        {
            throw SecurityGroupFaults.SeveralRemotes();
        }

        return new SecurityGroupRule
        {
            RemoteGroupId = request.RemoteGroupId is { } remote ? VisibleGroup(edit.Current, remote, requester).Id : null,
            SecurityGroupId = VisibleGroup(edit.Current, request.SecurityGroupId, requester).Id,
            Id = edit.NewId(),
            ProjectId = request.ProjectId,
            Description = request.Description,
            Direction = direction,
            EtherType = etherType,
            Protocol = protocol,
            ProtocolNumber = number,
            PortRangeMin = min,
            PortRangeMax = max,
            RemoteIpPrefix = shownPrefix,
            RemotePrefix = prefix,
        };
    }

    /// <summary>IPv4 or IPv6, however it is written.</summary>
    public static string EtherType(string given) =>
        given.Equals("IPv4", StringComparison.OrdinalIgnoreCase) ? "IPv4"
        : given.Equals("IPv6", StringComparison.OrdinalIgnoreCase) ? "IPv6"
        : throw SecurityGroupFaults.InvalidEtherType(given);

    /// <summary>How Neutron shows a prefix: host bits as given, the length always there.</summary>
    public static string ShownPrefix(string given) => IpPrefix.TryParse(given, out IpPrefix prefix)
        ? $"{IpAddress.Parse(given.Split('/')[0])}/{prefix.Length}"
        : throw SecurityGroupFaults.InvalidPrefix(given);

    /// <summary>A group of another project does not exist for a requester who is no admin.</summary>
    private static SecurityGroup VisibleGroup(Topology topology, string id, Requester requester) =>
        Guid.TryParse(id, out Guid parsed) && topology.SecurityGroups.TryGetValue(parsed, out SecurityGroup? group)
            && (requester.Owns(group.ProjectId) || group.Shared)
            ? group
            : throw SecurityGroupFaults.NotFound(id);

    private static void RefuseDuplicates(Topology topology, List<SecurityGroupRule> rules)
    {
        HashSet<RuleMeaning> asked = [];
        foreach (SecurityGroupRule rule in rules)
        {
            if (!asked.Add(RuleMeaning.Of(rule)))
            {
                throw SecurityGroupFaults.DuplicateInPost();
            }
        }

        foreach (Guid id in topology.RulesBySecurityGroup[rules[0].SecurityGroupId])
        {
            if (asked.Contains(RuleMeaning.Of(topology.SecurityGroupRules[id])))
            {
                throw SecurityGroupFaults.RuleExists(id);
            }
        }
    }

    /// <summary>
    /// What makes two rules the same: a protocol's name and number are one, and the prefix of all addresses is none.
    /// Prefixes compare as they are shown, so 10.0.0.1/24 and 10.0.0.0/24 are two rules, as in Neutron.
    /// </summary>
    private readonly record struct RuleMeaning(
        string Direction, string EtherType, byte? Protocol, int? Min, int? Max, string? Prefix, Guid? RemoteGroup)
    {
        public static RuleMeaning Of(SecurityGroupRule rule) => new(
            rule.Direction,
            rule.EtherType,
            rule.ProtocolNumber,
            rule.PortRangeMin,
            rule.PortRangeMax,
            rule.RemoteIpPrefix is "0.0.0.0/0" or "::/0" ? null : rule.RemoteIpPrefix,
            rule.RemoteGroupId);
    }
}

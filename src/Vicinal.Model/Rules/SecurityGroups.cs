using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>What a request says of a security group; null where it says nothing.</summary>
public sealed record SecurityGroupRequest
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public bool? Stateful { get; init; }
}

/// <summary>What Neutron demands of security groups. The rules in them are <see cref="SecurityGroupRules"/>'s.</summary>
public static class SecurityGroups
{
    private const string Ipv4 = "IPv4";
    private const string Ipv6 = "IPv6";

    /// <summary>
    /// The project's group named default, made on first use: it lets its members out to everywhere and in from each other.
    /// </summary>
    public static SecurityGroup EnsureDefault(TopologyEdit edit, string projectId)
    {
        if (FindDefault(edit.Current, projectId) is { } existing)
        {
            return existing;
        }

        SecurityGroup group = edit.Put(new SecurityGroup
        {
            Id = edit.NewId(),
            ProjectId = projectId,
            Name = SecurityGroup.DefaultName,
            Description = "Default security group",
        });
        AddOpenRule(edit, group, "egress", Ipv4, remoteGroup: null);
        AddOpenRule(edit, group, "ingress", Ipv4, remoteGroup: group.Id);
        AddOpenRule(edit, group, "egress", Ipv6, remoteGroup: null);
        AddOpenRule(edit, group, "ingress", Ipv6, remoteGroup: group.Id);
        return group;
    }

    public static SecurityGroup? FindDefault(Topology topology, string projectId) => topology.SecurityGroupsByProject[projectId]
        .Select(id => topology.SecurityGroups[id])
        .FirstOrDefault(static group => group.Name == SecurityGroup.DefaultName);

    public static SecurityGroup Get(Topology topology, Guid id) =>
        topology.SecurityGroups.GetValueOrDefault(id) ?? throw SecurityGroupFaults.NotFound(id.ToString());

    /// <summary>A new group lets everything out and nothing in. The project's default group comes into being with it.</summary>
    public static SecurityGroup Create(TopologyEdit edit, string projectId, SecurityGroupRequest request)
    {
        RefuseDefaultName(request.Name);
        _ = EnsureDefault(edit, projectId);
        SecurityGroup group = edit.Put(new SecurityGroup
        {
            Id = edit.NewId(),
            ProjectId = projectId,
            Name = request.Name ?? "",
            Description = request.Description ?? "",
            Stateful = request.Stateful ?? true,
        });
        AddOpenRule(edit, group, "egress", Ipv4, remoteGroup: null);
        AddOpenRule(edit, group, "egress", Ipv6, remoteGroup: null);
        return group;
    }

    public static SecurityGroup Update(TopologyEdit edit, Guid id, SecurityGroupRequest request)
    {
        RefuseDefaultName(request.Name);
        SecurityGroup group = Get(edit.Current, id);
        bool stateful = request.Stateful ?? group.Stateful;
        if (stateful != group.Stateful && edit.Current.PortsBySecurityGroup.Has(id))
        {
            throw SecurityGroupFaults.InUse(id);
        }

        if (group.Name == SecurityGroup.DefaultName && request.Name is not null)
        {
            throw SecurityGroupFaults.CannotUpdateDefault();
        }

        return edit.Put(group with
        {
            Name = request.Name ?? group.Name,
            Description = request.Description ?? group.Description,
            Stateful = stateful,
        });
    }

    /// <summary>
    /// Removes a group that no port uses. Rules of other groups that name it as their remote go with it, as in Neutron, and
    /// they go everywhere: a rule without its remote must neither stay nor widen.
    /// </summary>
    public static void Delete(TopologyEdit edit, Guid id, Requester requester)
    {
        SecurityGroup group = Get(edit.Current, id);
        if (edit.Current.PortsBySecurityGroup.Has(id))
        {
            throw SecurityGroupFaults.InUse(id);
        }

        if (group.Name == SecurityGroup.DefaultName && !requester.IsAdmin)
        {
            throw SecurityGroupFaults.CannotRemoveDefault();
        }

        Topology start = edit.Current;
        foreach (Guid ruleId in start.RulesBySecurityGroup[id])
        {
            edit.Remove(start.SecurityGroupRules[ruleId]);
        }

        foreach (Guid ruleId in start.RulesByRemoteGroup[id])
        {
            SecurityGroupRule rule = start.SecurityGroupRules[ruleId];
            if (rule.SecurityGroupId != id)
            {
                edit.Remove(rule);
                edit.Touch(start.SecurityGroups[rule.SecurityGroupId]);
            }
        }

        edit.Remove(group);
    }

    private static void RefuseDefaultName(string? name)
    {
        if (string.Equals(name, SecurityGroup.DefaultName, StringComparison.OrdinalIgnoreCase))
        {
            throw SecurityGroupFaults.DefaultAlreadyExists();
        }
    }

    /// <summary>A rule for every protocol of one family, to everywhere or from one group.</summary>
    private static void AddOpenRule(TopologyEdit edit, SecurityGroup group, string direction, string etherType, Guid? remoteGroup) =>
        edit.Put(new SecurityGroupRule
        {
            Id = edit.NewId(),
            ProjectId = group.ProjectId,
            SecurityGroupId = group.Id,
            Direction = direction,
            EtherType = etherType,
            RemoteGroupId = remoteGroup,
        });
}

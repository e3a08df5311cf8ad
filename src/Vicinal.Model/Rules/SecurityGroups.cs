using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>What Neutron demands of security groups.</summary>
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
        .FirstOrDefault(group => group.Name == SecurityGroup.DefaultName);

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

namespace Vicinal.Model.Tests.Clouds;

/// <content>Security groups and their rules.</content>
public sealed partial class RandomEdits
{
    private void AddGroup()
    {
        if (Topology.SecurityGroups.Count < 6)
        {
            Cloud.AddGroup();
        }
    }

    private void RemoveGroup()
    {
        if (Pick(Topology.SecurityGroups.Values.Where(g => !Topology.PortsBySecurityGroup.Has(g.Id))) is { } group)
        {
            foreach (Guid rule in Topology.RulesBySecurityGroup[group.Id].Union(Topology.RulesByRemoteGroup[group.Id]))
            {
                Cloud.Remove(Topology.SecurityGroupRules[rule]);
            }

            Cloud.Remove(group);
        }
    }

    private void AddRule()
    {
        if (Topology.SecurityGroupRules.Count < 25 && Pick(Topology.SecurityGroups.Values) is { } group)
        {
            bool remote = Chance(60);
            Cloud.AddRule(
                group, Pick(["ingress", "egress"])!, remote ? Pick(Topology.SecurityGroups.Values) : null, remote ? null : "10.0.0.0/8");
        }
    }

    private void RemoveRule()
    {
        if (Pick(Topology.SecurityGroupRules.Values) is { } rule)
        {
            Cloud.Remove(rule);
        }
    }
}

using Vicinal.Model.Resources;
using Vicinal.Model.Rules;

namespace Vicinal.Model.Tests.Rules;

public sealed class SecurityGroupsTests
{
    private readonly L3Cloud _cloud = new();

    [Fact]
    public void A_project_gets_one_default_group_that_lets_out_and_in_from_itself()
    {
        SecurityGroup group = SecurityGroups.EnsureDefault(_cloud.Edit, "p1");
        SecurityGroups.EnsureDefault(_cloud.Edit, "p1").ShouldBe(group);
        group.Name.ShouldBe("default");
        RulesOf(group).Select(r => (r.Direction, r.EtherType, Self: r.RemoteGroupId == group.Id, r.Protocol)).ShouldBe(
            [
                ("egress", "IPv4", false, null), ("egress", "IPv6", false, null),
                ("ingress", "IPv4", true, null), ("ingress", "IPv6", true, null),
            ],
            ignoreOrder: true);
    }

    [Fact]
    public void A_new_group_lets_out_only_and_brings_the_default_one()
    {
        SecurityGroup group = SecurityGroups.Create(_cloud.Edit, "p1", new SecurityGroupRequest { Name = "web" });
        RulesOf(group).Select(r => (r.Direction, r.EtherType)).ShouldBe([("egress", "IPv4"), ("egress", "IPv6")], ignoreOrder: true);
        SecurityGroups.FindDefault(_cloud.Now, "p1").ShouldNotBeNull();
    }

    [Theory]
    [InlineData("default")]
    [InlineData("Default")]
    public void No_other_group_is_named_default(string name)
    {
        SecurityGroup web = Web();
        Action create = () => SecurityGroups.Create(_cloud.Edit, "p1", new SecurityGroupRequest { Name = name });
        create.ShouldBeRefused(409, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.");
        Action rename = () => SecurityGroups.Update(_cloud.Edit, web.Id, new SecurityGroupRequest { Name = name });
        rename.ShouldBeRefused(409, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.");
    }

    [Fact]
    public void The_default_group_keeps_its_name_and_users_keep_it()
    {
        SecurityGroup group = SecurityGroups.EnsureDefault(_cloud.Edit, "p1");
        Action rename = () => SecurityGroups.Update(_cloud.Edit, group.Id, new SecurityGroupRequest { Name = "x" });
        rename.ShouldBeRefused(409, "SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.");
        Action delete = () => SecurityGroups.Delete(_cloud.Edit, group.Id, L3Cloud.User);
        delete.ShouldBeRefused(409, "SecurityGroupCannotRemoveDefault", "Insufficient rights for removing default security group.");
        SecurityGroups.Delete(_cloud.Edit, group.Id, L3Cloud.Admin);
        _cloud.Now.SecurityGroups.ShouldBeEmpty();
        _cloud.Now.SecurityGroupRules.ShouldBeEmpty();
    }

    [Fact]
    public void A_group_that_ports_use_stays_and_stays_stateful()
    {
        SecurityGroup web = Web();
        _cloud.Edit.Put(_cloud.Port(_cloud.Network()) with { SecurityGroups = [web.Id] });
        Action delete = () => SecurityGroups.Delete(_cloud.Edit, web.Id, L3Cloud.Admin);
        delete.ShouldBeRefused(409, "SecurityGroupInUse", $"Security Group {web.Id} in use.");
        Action stateless = () => SecurityGroups.Update(_cloud.Edit, web.Id, new SecurityGroupRequest { Stateful = false });
        stateless.ShouldBeRefused(409, "SecurityGroupInUse", $"Security Group {web.Id} in use.");
        SecurityGroups.Update(_cloud.Edit, web.Id, new SecurityGroupRequest { Stateful = true, Name = "w" }).Name.ShouldBe("w");
    }

    [Fact]
    public void With_a_group_go_the_rules_of_others_that_name_it_as_their_remote()
    {
        SecurityGroup web = Web();
        SecurityGroup db = SecurityGroups.Create(_cloud.Edit, "p1", new SecurityGroupRequest { Name = "db" });
        SecurityGroupRule rule = SecurityGroupRules.Create(
            _cloud.Edit,
            new SecurityGroupRuleRequest
            {
                SecurityGroupId = db.Id.ToString(),
                Direction = "ingress",
                RemoteGroupId = web.Id.ToString(),
                ProjectId = "p1",
            },
            L3Cloud.User);
        long revision = _cloud.Now.SecurityGroups[db.Id].RevisionNumber;
        SecurityGroups.Delete(_cloud.Edit, web.Id, L3Cloud.User);
        _cloud.Now.SecurityGroupRules.ShouldNotContainKey(rule.Id);
        _cloud.Now.RulesByRemoteGroup.Has(web.Id).ShouldBeFalse();
        RulesOf(db).Count().ShouldBe(2);
        _cloud.Now.SecurityGroups[db.Id].RevisionNumber.ShouldBeGreaterThan(revision);
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        Guid id = _cloud.NewId();
        Action update = () => SecurityGroups.Update(_cloud.Edit, id, new SecurityGroupRequest());
        update.ShouldBeRefused(404, "SecurityGroupNotFound", $"Security group {id} does not exist");
        Action delete = () => SecurityGroupRules.Delete(_cloud.Edit, id);
        delete.ShouldBeRefused(404, "SecurityGroupRuleNotFound", $"Security group rule {id} does not exist");
    }

    private SecurityGroup Web() => SecurityGroups.Create(_cloud.Edit, "p1", new SecurityGroupRequest { Name = "web" });

    private IEnumerable<SecurityGroupRule> RulesOf(SecurityGroup group) =>
        _cloud.Now.RulesBySecurityGroup[group.Id].Select(id => _cloud.Now.SecurityGroupRules[id]);
}

using System.Collections.Immutable;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Listing;
using static Vicinal.Server.Api.Attributes.Use;
using GroupRules = Vicinal.Model.Rules.SecurityGroups;

namespace Vicinal.Server.Api.SecurityGroups;

public sealed class SecurityGroupCollection(ApiServices services) : ResourceCollection<SecurityGroup>
{
    public override string Singular => "security_group";

    public override string Plural => "security_groups";

    public override ImmutableDictionary<Guid, SecurityGroup> All(Topology topology) => topology.SecurityGroups;

    public override NeutronFault NotFound(string id) => SecurityGroupFaults.NotFound(id);

    public override bool IsVisible(SecurityGroup resource, Caller caller, Topology topology) => caller.Owns(resource) || resource.Shared;

    public override SecurityGroup Create(TopologyEdit edit, AttributeValues values, Caller caller) =>
        GroupRules.Create(edit, values.Require<string>("project_id"), Request(values));

    public override SecurityGroup Update(TopologyEdit edit, SecurityGroup resource, AttributeValues values, Caller caller) =>
        GroupRules.Update(edit, resource.Id, Request(values));

    public override void Delete(TopologyEdit edit, SecurityGroup resource, Caller caller) => GroupRules.Delete(edit, resource.Id, caller);

    public override IEnumerable<Guid>? Candidates(Topology topology, ListQuery query) =>
        (query.Filter("project_id") ?? query.Filter("tenant_id"))?.SelectMany(project => topology.SecurityGroupsByProject[project]);

    public override Task BeforeListAsync(Caller caller, ListQuery query, CancellationToken cancellation) =>
        DefaultGroups.EnsureAsync(services, caller, query, cancellation);

    protected override IEnumerable<ResourceAttribute<SecurityGroup>> Attributes() =>
    [
        .. StandardAttributes.Id<SecurityGroup>(),
        .. StandardAttributes.Name<SecurityGroup>(),
        .. StandardAttributes.Project<SecurityGroup>(),
        new("stateful", AttributeTypes.Boolean, Post | Put, (g, _) => g.Stateful) { Default = true },
        new("shared", AttributeTypes.Boolean, Filter, (g, _) => g.Shared),
        new("security_group_rules", null, None, RulesOf),
        .. StandardAttributes.Stamps<SecurityGroup>(),
    ];

    private static SecurityGroupRequest Request(AttributeValues values) => new()
    {
        Name = values.Get<string?>("name").Or(null),
        Description = values.Get<string?>("description").Or(null),
        Stateful = values.Get<bool>("stateful") is { IsGiven: true } stateful ? stateful.Value : null,
    };

    private static object RulesOf(SecurityGroup group, Topology topology) => topology.RulesBySecurityGroup[group.Id]
        .Select(id => topology.SecurityGroupRules[id])
        .OrderBy(rule => rule.CreatedAt)
        .ThenBy(rule => rule.Id)
        .Select(SecurityGroupRuleView.Tree)
        .ToArray();
}

using System.Collections.Immutable;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Listing;
using static Vicinal.Server.Api.Attributes.AttributeTypes;
using static Vicinal.Server.Api.Attributes.Use;

namespace Vicinal.Server.Api.SecurityGroups;

public sealed class SecurityGroupRuleCollection(ApiServices services) : ResourceCollection<SecurityGroupRule>
{
    public override string Singular => "security_group_rule";

    public override string Plural => "security_group_rules";

    public override ImmutableDictionary<Guid, SecurityGroupRule> All(Topology topology) => topology.SecurityGroupRules;

    public override NeutronFault NotFound(string id) => SecurityGroupFaults.RuleNotFound(id);

    public override bool IsVisible(SecurityGroupRule resource, Caller caller, Topology topology) =>
        caller.Owns(resource) || caller.Owns(topology.SecurityGroups[resource.SecurityGroupId]);

    public override SecurityGroupRule Create(TopologyEdit edit, AttributeValues values, Caller caller) =>
        SecurityGroupRules.Create(edit, Request(values), caller);

    public override IReadOnlyList<SecurityGroupRule> CreateAll(TopologyEdit edit, IReadOnlyList<AttributeValues> items, Caller caller) =>
        SecurityGroupRules.CreateAll(edit, [.. items.Select(Request)], caller);

    public override SecurityGroupRule Update(TopologyEdit edit, SecurityGroupRule resource, AttributeValues values, Caller caller) =>
        SecurityGroupRules.Describe(edit, resource.Id, values.Get<string>("description").Or(resource.Description));

    public override void Delete(TopologyEdit edit, SecurityGroupRule resource, Caller caller) => SecurityGroupRules.Delete(edit, resource.Id);

    public override IEnumerable<Guid>? Candidates(Topology topology, ListQuery query) =>
        query.IdFilter("security_group_id")?.SelectMany(id => topology.RulesBySecurityGroup[id]);

    public override Task BeforeListAsync(Caller caller, ListQuery query, CancellationToken cancellation) =>
        DefaultGroups.EnsureAsync(services, caller, query, cancellation);

    protected override IEnumerable<ResourceAttribute<SecurityGroupRule>> Attributes() =>
    [
        .. StandardAttributes.Id<SecurityGroupRule>(),
        .. StandardAttributes.Project<SecurityGroupRule>(),
        new("security_group_id", Text(36), Post | Filter | Sort, (r, _) => r.SecurityGroupId) { Required = true },
        new("direction", OneOf("ingress", "egress"), Post | Filter | Sort, (r, _) => r.Direction) { Required = true },
        new("ethertype", SecurityGroupRuleTypes.EtherType, Post | Filter | Sort, (r, _) => r.EtherType),
        new("protocol", SecurityGroupRuleTypes.Protocol, Post | Filter | Sort, (r, _) => r.Protocol),
        new("port_range_min", SecurityGroupRuleTypes.PortValue, Post | Filter | Sort, (r, _) => r.PortRangeMin),
        new("port_range_max", SecurityGroupRuleTypes.PortValue, Post | Filter | Sort, (r, _) => r.PortRangeMax),
        new("remote_ip_prefix", SecurityGroupRuleTypes.Prefix, Post | Filter | Sort, (r, _) => r.RemoteIpPrefix),
        new("normalized_cidr", AnyText, Filter | Sort, (r, _) => r.RemotePrefix),
        new("remote_group_id", TextOrNull(36), Post | Filter | Sort, (r, _) => r.RemoteGroupId),
        new("remote_address_group_id", SecurityGroupRuleTypes.AddressGroup, Post | Sort, (_, _) => null),
        .. StandardAttributes.Stamps<SecurityGroupRule>(),
    ];

    private static SecurityGroupRuleRequest Request(AttributeValues values) => new()
    {
        SecurityGroupId = values.Require<string>("security_group_id"),
        Direction = values.Require<string>("direction"),
        EtherType = values.Get<string>("ethertype").Or("IPv4"),
        Protocol = values.Get<string?>("protocol").Or(null),
        PortRangeMin = values.Get<int?>("port_range_min").Or(null),
        PortRangeMax = values.Get<int?>("port_range_max").Or(null),
        RemoteIpPrefix = values.Get<string?>("remote_ip_prefix").Or(null),
        RemoteGroupId = values.Get<string?>("remote_group_id").Or(null),
        Description = values.Get<string>("description").Or(""),
        ProjectId = values.Require<string>("project_id"),
    };
}

using System.Collections.Immutable;
using System.Globalization;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Attributes;
using static Vicinal.Server.Api.Attributes.AttributeTypes;
using static Vicinal.Server.Api.Attributes.Use;

namespace Vicinal.Server.Api.Agents;

/// <summary>The nodes, as Neutron shows its layer-3 agents: one agent does everything on a node, and that kind tells its mode.</summary>
public sealed class AgentCollection(ApiServices services) : ResourceCollection<Agent>
{
    private const string AgentType = "L3 agent";
    private const string Binary = "neutron-l3-agent";
    private const string Topic = "l3_agent";

    public override string Singular => "agent";

    public override string Plural => "agents";

    public override bool AdminOnly => true;

    public override ImmutableDictionary<Guid, Agent> All(Topology topology) => topology.Agents;

    public override NeutronFault NotFound(string id) => AgentRules.NotFound(id);

    /// <summary>Agents make themselves; Neutron refuses by way of an attribute that agents do not have.</summary>
    public override Agent Create(TopologyEdit edit, AttributeValues values, Caller caller) =>
        throw NeutronFault.BadRequest("Unrecognized attribute(s) 'project_id, tenant_id'");

    public override Agent Update(TopologyEdit edit, Agent resource, AttributeValues values, Caller caller) => AgentRules.Update(
        edit,
        resource.Id,
        values.Get<bool>("admin_state_up") is { IsGiven: true } up ? up.Value : null,
        values.Get<string?>("description") is { IsGiven: true } text ? text.Value ?? "" : null,
        services.Settings);

    public override void Delete(TopologyEdit edit, Agent resource, Caller caller) => AgentRules.Delete(edit, resource.Id, services.Settings);

    protected override IEnumerable<ResourceAttribute<Agent>> Attributes() =>
    [
        new("id", AnyText, Filter, (a, _) => a.Id),
        new("agent_type", AnyText, Filter, (_, _) => AgentType),
        new("binary", AnyText, Filter, (_, _) => Binary),
        new("topic", AnyText, Filter, (_, _) => Topic),
        new("host", AnyText, Filter, (a, _) => a.Host),
        new("admin_state_up", AttributeTypes.Boolean, Put | Filter, (a, _) => a.AdminStateUp),
        new("alive", AttributeTypes.Boolean, Filter, (a, _) => services.IsAlive(a.Host)),
        new("availability_zone", AnyText, Filter, (a, _) => a.AvailabilityZone),
        new("configurations", null, None, AgentConfigurations.Of),
        new("created_at", null, None, (a, _) => Time(a.CreatedAt)),
        new("started_at", null, None, (a, _) => Time(a.StartedAt)),
        new("heartbeat_timestamp", null, None, (a, _) => services.HeartbeatOf(a.Host) is { } heard ? Time(heard) : null),
        new("description", TextOrNull(255), Put | Filter, (a, _) => a.Description.Length > 0 ? a.Description : null),
        new("resources_synced", null, None, (_, _) => null),
    ];

    /// <summary>Agents are the one place where Neutron writes times without T and Z.</summary>
    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}

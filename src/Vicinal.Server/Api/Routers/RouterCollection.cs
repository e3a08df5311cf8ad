using System.Collections.Immutable;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Subnets;
using static Vicinal.Server.Api.Attributes.AttributeTypes;
using static Vicinal.Server.Api.Attributes.Use;

namespace Vicinal.Server.Api.Routers;

public sealed class RouterCollection(ApiServices services) : ResourceCollection<Router>
{
    public override string Singular => "router";

    public override string Plural => "routers";

    public override ImmutableDictionary<Guid, Router> All(Topology topology) => topology.Routers;

    public override NeutronFault NotFound(string id) => RouterFaults.NotFound(id);

    public override Router Create(TopologyEdit edit, AttributeValues values, Caller caller)
    {
        RouterRequest request = Request(values);
        RefusePrivileged("create_router", request, caller);
        return RouterRules.Create(edit, values.Require<string>("project_id"), request, services.Settings);
    }

    public override Router Update(TopologyEdit edit, Router resource, AttributeValues values, Caller caller)
    {
        RouterRequest request = Request(values);
        RefusePrivileged("update_router", request, caller);
        return RouterRules.Update(edit, resource.Id, request, services.Settings);
    }

    public override void Delete(TopologyEdit edit, Router resource, Caller caller) => RouterRules.Delete(edit, resource.Id);

    protected override IEnumerable<ResourceAttribute<Router>> Attributes() =>
    [
        .. StandardAttributes.Id<Router>(),
        .. StandardAttributes.Name<Router>(),
        .. StandardAttributes.Project<Router>(),
        new("admin_state_up", AttributeTypes.Boolean, Post | Put | Filter | Sort, (r, _) => r.AdminStateUp),
        new("status", AnyText, Sort, (_, _) => PortStatus.Active),
        new("external_gateway_info", RouterTypes.Gateway, Post | Put, RouterView.Gateway),
        new("routes", SubnetTypes.HostRoutes, Put, (r, _) => RouterView.Routes(r)),
        new("distributed", AttributeTypes.Boolean, Post | Put, (r, _) => r.Distributed) { AdminReads = true, AdminWrites = true },
        new("ha", AttributeTypes.Boolean, Post | Put, (r, _) => r.Ha) { AdminReads = true, AdminWrites = true },
        new("availability_zone_hints", RouterTypes.ZoneHints, Post, (r, _) => r.AvailabilityZoneHints),
        new("availability_zones", null, None, RouterView.Zones),
        new("flavor_id", null, Sort, (_, _) => null),
        .. StandardAttributes.Stamps<Router>(),
    ];

    private static RouterRequest Request(AttributeValues values) => new()
    {
        Name = values.Get<string>("name"),
        Description = values.Get<string>("description"),
        AdminStateUp = values.Get<bool>("admin_state_up"),
        Distributed = values.Get<bool>("distributed"),
        Ha = values.Get<bool>("ha"),
        Gateway = values.Get<GatewayRequest?>("external_gateway_info"),
        Routes = values.GetList<HostRoute>("routes") is { IsGiven: true } routes ? routes.Value.ToValueList() : default(Given<ValueList<HostRoute>>),
        AvailabilityZoneHints = values.GetList<string>("availability_zone_hints").Or([]).ToValueList(),
    };

    /// <summary>Where the gateway's address lies and whether sources are hidden behind it is the operator's to say.</summary>
    private static void RefusePrivileged(string action, RouterRequest request, Caller caller)
    {
        if (caller.IsAdmin || request.Gateway is not { IsGiven: true, Value: { } gateway })
        {
            return;
        }

        if (gateway.EnableSnat.IsGiven || !gateway.ExternalFixedIps.IsEmpty)
        {
            string part = gateway.EnableSnat.IsGiven ? "enable_snat" : "external_fixed_ips";
            throw ApiFaults.NotAuthorized($"{action} and rule:{action}:external_gateway_info:{part}");
        }
    }
}

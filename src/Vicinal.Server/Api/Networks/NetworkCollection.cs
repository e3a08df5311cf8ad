using System.Collections.Immutable;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Server.Api.Attributes;
using static Vicinal.Server.Api.Attributes.AttributeTypes;
using static Vicinal.Server.Api.Attributes.Use;

namespace Vicinal.Server.Api.Networks;

public sealed class NetworkCollection(ApiServices services) : ResourceCollection<Network>
{
    public override string Singular => "network";

    public override string Plural => "networks";

    public override ImmutableDictionary<Guid, Network> All(Topology topology) => topology.Networks;

    public override NeutronFault NotFound(string id) => NetworkFaults.NotFound(id);

    public override bool IsVisible(Network resource, Caller caller, Topology topology) => NetworkRules.IsVisibleTo(resource, caller);

    public override Network Create(TopologyEdit edit, AttributeValues values, Caller caller) =>
        NetworkRules.Create(edit, Input(values), services.Settings);

    public override Network Update(TopologyEdit edit, Network resource, AttributeValues values, Caller caller) =>
        NetworkRules.Update(edit, resource, Input(values), services.Settings);

    public override void Delete(TopologyEdit edit, Network resource, Caller caller) => NetworkRules.Delete(edit, resource);

    protected override IEnumerable<ResourceAttribute<Network>> Attributes() =>
    [
        .. StandardAttributes.Id<Network>(),
        .. StandardAttributes.Name<Network>(),
        .. StandardAttributes.Project<Network>(),
        new("admin_state_up", AttributeTypes.Boolean, Post | Put | Filter | Sort, (n, _) => n.AdminStateUp),
        new("status", AnyText, Filter | Sort, (_, _) => PortStatus.Active),
        new("subnets", null, None, (n, t) => t.SubnetsByNetwork[n.Id].Order().ToArray()),
        new("shared", AttributeTypes.Boolean, Post | Put | Filter, (n, _) => n.Shared) { AdminWrites = true, Default = false },
        new("router:external", AttributeTypes.Boolean, Post | Put | Filter, (n, _) => n.External) { AdminWrites = true, Default = false },
        new("is_default", AttributeTypes.Boolean, Post | Put | Filter, (n, _) => n.IsDefault) { AdminWrites = true, Default = false },
        new("mtu", NonNegative, Post | Put | Filter | Sort, (n, _) => n.Mtu),
        new("port_security_enabled", AttributeTypes.Boolean, Post | Put, (n, _) => n.PortSecurityEnabled),
        new("dns_domain", DnsNames.Domain, Post | Put, (n, _) => n.DnsDomain),
        new("provider:network_type", TextOrNull(32), Post | Put | Filter, (n, _) => n.NetworkType) { AdminReads = true, AdminWrites = true },
        new("provider:physical_network", TextOrNull(64), Post | Put | Filter, (n, _) => n.PhysicalNetwork) { AdminReads = true, AdminWrites = true },
        new("provider:segmentation_id", OrNull(Integer), Post | Put | Filter, (n, _) => n.SegmentationId) { AdminReads = true, AdminWrites = true },
        .. StandardAttributes.Stamps<Network>(),
    ];

    private static NetworkInput Input(AttributeValues values) => new()
    {
        ProjectId = values.Get<string>("project_id").Or(""),
        Name = values.Get<string>("name"),
        Description = values.Get<string>("description"),
        AdminStateUp = values.Get<bool>("admin_state_up"),
        Shared = values.Get<bool>("shared"),
        External = values.Get<bool>("router:external"),
        IsDefault = values.Get<bool>("is_default"),
        PortSecurityEnabled = values.Get<bool>("port_security_enabled"),
        Mtu = values.Get<int>("mtu"),
        DnsDomain = values.Get<string>("dns_domain"),
        NetworkType = values.Get<string?>("provider:network_type"),
        PhysicalNetwork = values.Get<string?>("provider:physical_network"),
        SegmentationId = values.Get<int?>("provider:segmentation_id"),
    };
}

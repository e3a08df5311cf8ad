using System.Collections.Immutable;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Listing;
using static Vicinal.Server.Api.Attributes.AttributeTypes;
using static Vicinal.Server.Api.Attributes.Use;

namespace Vicinal.Server.Api.Ports;

public sealed class PortCollection(ApiServices services) : ResourceCollection<Port>
{
    private static readonly AttributeType s_vnicType = OneOf(
        "normal", "direct", "macvtap", "baremetal", "direct-physical", "virtio-forwarder", "smart-nic", "vdpa",
        "accelerator-direct", "accelerator-direct-physical", "remote-managed");

    public override string Singular => "port";

    public override string Plural => "ports";

    public override ImmutableDictionary<Guid, Port> All(Topology topology) => topology.Ports;

    public override NeutronFault NotFound(string id) => PortFaults.NotFound(id);

    public override bool IsVisible(Port resource, Caller caller, Topology topology) =>
        caller.Owns(resource) || (topology.Networks.TryGetValue(resource.NetworkId, out Network? network) && caller.Owns(network));

    public override bool MayDelete(Port resource, Caller caller, Topology topology) => IsVisible(resource, caller, topology);

    public override Port Create(TopologyEdit edit, AttributeValues values, Caller caller)
    {
        Network network = NetworkRules.Get(edit.Current, values.Require<Guid>("network_id"));
        if (!NetworkRules.IsVisibleTo(network, caller))
        {
            throw NetworkFaults.NotFound(network.Id);
        }

        PortPolicy.CheckCreate(values, network, caller);
        return PortRules.Create(edit, Input(values), services.Settings, caller);
    }

    public override Port Update(TopologyEdit edit, Port resource, AttributeValues values, Caller caller)
    {
        PortPolicy.CheckUpdate(values, resource, edit.Current, caller);
        return PortRules.Update(edit, resource, Input(values), services.Settings, caller);
    }

    public override void Delete(TopologyEdit edit, Port resource, Caller caller) => PortRules.Delete(edit, resource);

    public override IEnumerable<Guid>? Candidates(Topology topology, ListQuery query) => PortFilters.Candidates(topology, query);

    protected override IEnumerable<ResourceAttribute<Port>> Attributes() =>
    [
        .. StandardAttributes.Id<Port>(),
        .. StandardAttributes.Name<Port>(),
        .. StandardAttributes.Project<Port>(),
        new("network_id", Uuid, Post | Filter | Sort, (p, _) => p.NetworkId) { Required = true },
        new("mac_address", PortTypes.MacOrNull, Post | Put | Filter | Sort, (p, _) => p.MacAddress),
        new("fixed_ips", PortTypes.FixedIps, Post | Put | Filter, (p, _) => p.FixedIps.Select(PortView.Tree).ToArray()) { MatchAll = PortFilters.FixedIpsMatch },
        new("admin_state_up", AttributeTypes.Boolean, Post | Put | Filter | Sort, (p, _) => p.AdminStateUp),
        new("status", AnyText, Filter | Sort, (p, _) => p.Status),
        new("device_id", Text(255), Post | Put | Filter | Sort, (p, _) => p.DeviceId),
        new("device_owner", Text(255), Post | Put | Filter | Sort, (p, _) => p.DeviceOwner),
        new("port_security_enabled", AttributeTypes.Boolean, Post | Put, (p, _) => p.PortSecurityEnabled),
        new("security_groups", UuidList, Post | Put | Filter, (p, _) => p.SecurityGroups)
        {
            Match = (p, _, text) => text.Length == 0 ? p.SecurityGroups.IsEmpty : Guid.TryParse(text, out Guid id) && p.SecurityGroups.Contains(id),
        },
        new("allowed_address_pairs", PortTypes.AddressPairs, Post | Put, (p, _) => p.AllowedAddressPairs.Select(PortView.Tree).ToArray()),
        new("binding:host_id", TextOrNull(255), Post | Put | Filter, (p, _) => p.BindingHostId) { AdminReads = true, AdminWrites = true },
        new("binding:profile", PortTypes.Profile, Post | Put, (p, _) => PortView.Profile(p)) { AdminReads = true, AdminWrites = true },
        new("binding:vif_type", null, None, (p, _) => p.BindingVifType) { AdminReads = true },
        new("binding:vif_details", null, None, (p, _) => PortView.VifDetails(p)) { AdminReads = true },
        new("binding:vnic_type", s_vnicType, Post | Put, (p, _) => p.BindingVnicType),
        new("dns_name", DnsNames.Host, Post | Put, (p, _) => p.DnsName),
        new("extra_dhcp_opts", PortTypes.ExtraDhcpOptions, Post | Put, (p, _) => p.ExtraDhcpOptions.Select(PortView.Tree).ToArray()),
        new("dns_assignment", null, None, (p, t) => PortView.DnsAssignment(p, t, services.Settings)),
        new("ip_allocation", null, None, (p, _) => p.FixedIps.IsEmpty ? "none" : "immediate"),
        .. StandardAttributes.Stamps<Port>(),
    ];

    private static PortInput Input(AttributeValues values) => new()
    {
        NetworkId = values.Get<Guid>("network_id").Or(default),
        ProjectId = values.Get<string>("project_id").Or(""),
        Name = values.Get<string>("name"),
        Description = values.Get<string>("description"),
        AdminStateUp = values.Get<bool>("admin_state_up"),
        MacAddress = values.Get<MacAddress?>("mac_address"),
        FixedIps = values.GetList<FixedIpRequest>("fixed_ips"),
        DeviceId = values.Get<string>("device_id"),
        DeviceOwner = values.Get<string>("device_owner"),
        PortSecurityEnabled = values.Get<bool>("port_security_enabled"),
        SecurityGroups = values.GetList<Guid>("security_groups"),
        AllowedAddressPairs = values.GetList<AddressPairRequest>("allowed_address_pairs"),
        BindingHostId = values.Get<string?>("binding:host_id") is { IsGiven: true } host ? host.Value ?? "" : default(Given<string>),
        BindingVnicType = values.Get<string>("binding:vnic_type"),
        BindingProfile = values.Get<string>("binding:profile"),
        DnsName = values.Get<string>("dns_name"),
        ExtraDhcpOptions = values.GetList<ExtraDhcpOptionRequest>("extra_dhcp_opts"),
    };
}

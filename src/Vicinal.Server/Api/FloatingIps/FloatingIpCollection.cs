using System.Collections.Immutable;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Listing;
using static Vicinal.Server.Api.Attributes.AttributeTypes;
using static Vicinal.Server.Api.Attributes.Use;

namespace Vicinal.Server.Api.FloatingIps;

public sealed class FloatingIpCollection(ApiServices services) : ResourceCollection<FloatingIp>
{
    public override string Singular => "floatingip";

    public override string Plural => "floatingips";

    public override ImmutableDictionary<Guid, FloatingIp> All(Topology topology) => topology.FloatingIps;

    public override NeutronFault NotFound(string id) => FloatingIpFaults.NotFound(id);

    public override FloatingIp Create(TopologyEdit edit, AttributeValues values, Caller caller) =>
        FloatingIpRules.Create(edit, values.Require<string>("project_id"), Request(values), services.Settings, caller);

    public override FloatingIp Update(TopologyEdit edit, FloatingIp resource, AttributeValues values, Caller caller) =>
        FloatingIpRules.Update(edit, resource.Id, Request(values), caller);

    public override void Delete(TopologyEdit edit, FloatingIp resource, Caller caller) => FloatingIpRules.Delete(edit, resource.Id);

    public override IEnumerable<Guid>? Candidates(Topology topology, ListQuery query)
    {
        // An empty filter finds those that are tied to nothing, which no index holds.
        (string Filter, Func<Guid, IEnumerable<Guid>> Index)[] indexes =
        [
            ("port_id", id => topology.FloatingIpsByPort[id]),
            ("router_id", id => topology.FloatingIpsByRouter[id]),
            ("floating_network_id", id => topology.FloatingIpsByNetwork[id]),
        ];
        foreach ((string filter, Func<Guid, IEnumerable<Guid>> index) in indexes)
        {
            if (query.Filter(filter) is { } texts && texts.All(static text => text.Length > 0))
            {
                return query.IdFilter(filter)!.SelectMany(index);
            }
        }

        return null;
    }

    protected override IEnumerable<ResourceAttribute<FloatingIp>> Attributes() =>
    [
        .. StandardAttributes.Id<FloatingIp>(),
        .. StandardAttributes.Project<FloatingIp>(),
        new("floating_network_id", Uuid, Post | Filter | Sort, (f, _) => f.FloatingNetworkId) { Required = true },
        new("floating_ip_address", IpAddressOrNull, Post | Filter | Sort, (f, _) => f.FloatingIpAddress) { AdminWrites = true },
        new("subnet_id", UuidOrNull, Post),
        new("port_id", UuidOrNull, Post | Put | Filter, (f, _) => f.PortId),
        new("fixed_ip_address", IpAddressOrNull, Post | Put | Filter | Sort, (f, _) => f.FixedIpAddress),
        new("router_id", UuidOrNull, Filter | Sort, (f, _) => f.RouterId),
        new("status", AnyText, Filter | Sort, (f, _) => f.Status),
        new("port_details", null, None, PortDetails),
        new("port_forwardings", null, None, (_, _) => Array.Empty<object>()),
        new("dns_name", DnsNames.Host, Post, (f, _) => f.DnsName),
        new("dns_domain", DnsNames.Domain, Post, (f, _) => f.DnsDomain),
        .. StandardAttributes.Stamps<FloatingIp>(),
    ];

    private static FloatingIpRequest Request(AttributeValues values) => new()
    {
        FloatingNetworkId = values.Get<Guid>("floating_network_id").Or(default),
        FloatingIpAddress = values.Get<IpAddress?>("floating_ip_address").Or(null),
        SubnetId = values.Get<Guid?>("subnet_id").Or(null),
        PortId = values.Get<Guid?>("port_id"),
        FixedIpAddress = values.Get<IpAddress?>("fixed_ip_address"),
        Description = values.Get<string>("description"),
        DnsName = values.Get<string>("dns_name").Or(""),
        DnsDomain = values.Get<string>("dns_domain").Or(""),
    };

    private static Dictionary<string, object?>? PortDetails(FloatingIp fip, Topology topology) =>
        fip.PortId is not { } id || !topology.Ports.TryGetValue(id, out Port? port) ? null : new()
        {
            ["name"] = port.Name,
            ["network_id"] = port.NetworkId,
            ["mac_address"] = port.MacAddress,
            ["admin_state_up"] = port.AdminStateUp,
            ["status"] = port.Status,
            ["device_id"] = port.DeviceId,
            ["device_owner"] = port.DeviceOwner,
        };
}

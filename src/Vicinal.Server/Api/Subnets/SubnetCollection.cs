using System.Collections.Immutable;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Listing;
using static Vicinal.Server.Api.Attributes.AttributeTypes;
using static Vicinal.Server.Api.Attributes.Use;

namespace Vicinal.Server.Api.Subnets;

public sealed class SubnetCollection(ApiServices services) : ResourceCollection<Subnet>
{
    private static readonly AttributeType s_mode = OrNull(OneOf("dhcpv6-stateful", "dhcpv6-stateless", "slaac"));

    public override string Singular => "subnet";

    public override string Plural => "subnets";

    public override ImmutableDictionary<Guid, Subnet> All(Topology topology) => topology.Subnets;

    public override NeutronFault NotFound(string id) => SubnetFaults.NotFound(id);

    public override bool IsVisible(Subnet resource, Caller caller, Topology topology) =>
        caller.Owns(resource) || NetworkOf(resource, topology) is { } network && (network.Shared || caller.Owns(network));

    public override bool MayUpdate(Subnet resource, Caller caller, Topology topology) =>
        NetworkOf(resource, topology) is { } network && caller.Owns(network);

    public override bool MayDelete(Subnet resource, Caller caller, Topology topology) => MayUpdate(resource, caller, topology);

    public override Subnet Create(TopologyEdit edit, AttributeValues values, Caller caller)
    {
        SubnetInput input = Input(values);
        Network network = NetworkRules.Get(edit.Current, input.NetworkId);
        if (!caller.Owns(network))
        {
            throw NetworkRules.IsVisibleTo(network, caller)
                ? ApiFaults.NotAuthorized("create_subnet")
                : NetworkFaults.NotFound(network.Id);
        }

        return SubnetRules.Create(edit, input, services.Settings);
    }

    public override Subnet Update(TopologyEdit edit, Subnet resource, AttributeValues values, Caller caller) =>
        SubnetRules.Update(edit, resource, Input(values), services.Settings);

    public override void Delete(TopologyEdit edit, Subnet resource, Caller caller) => SubnetRules.Delete(edit, resource);

    public override IEnumerable<Guid>? Candidates(Topology topology, ListQuery query) =>
        query.IdFilter("network_id")?.SelectMany(id => topology.SubnetsByNetwork[id]);

    protected override IEnumerable<ResourceAttribute<Subnet>> Attributes() =>
    [
        .. StandardAttributes.Id<Subnet>(),
        .. StandardAttributes.Name<Subnet>(),
        .. StandardAttributes.Project<Subnet>(),
        new("network_id", Uuid, Post | Filter | Sort, (s, _) => s.NetworkId) { Required = true },
        new("ip_version", OneOf(4, 6), Post | Filter | Sort, (s, _) => s.IpVersion) { Required = true },
        new("cidr", OrNull(SubnetTypes.Cidr), Post | Filter | Sort, (s, _) => s.Cidr),
        new("gateway_ip", IpAddressOrNull, Post | Put | Filter | Sort, (s, _) => s.GatewayIp),
        new("enable_dhcp", AttributeTypes.Boolean, Post | Put | Filter | Sort, (s, _) => s.EnableDhcp),
        new("allocation_pools", SubnetTypes.Pools, Post | Put, (s, _) => s.AllocationPools.Select(Tree).ToArray()),
        new("host_routes", SubnetTypes.HostRoutes, Post | Put, (s, _) => s.HostRoutes.Select(Tree).ToArray()),
        new("dns_nameservers", SubnetTypes.NameServers, Post | Put, (s, _) => s.DnsNameservers),
        new("ipv6_address_mode", s_mode, Post | Filter | Sort, (s, _) => s.Ipv6AddressMode),
        new("ipv6_ra_mode", s_mode, Post | Filter | Sort, (s, _) => s.Ipv6RaMode),
        new("service_types", SubnetTypes.ServiceTypes, Post | Put, (s, _) => s.ServiceTypes) { AdminWrites = true },
        new("shared", AttributeTypes.Boolean, Filter)
        {
            Match = (s, t, text) => string.Equals(text, (NetworkOf(s, t)?.Shared ?? false).ToString(), StringComparison.OrdinalIgnoreCase),
        },
        .. StandardAttributes.Stamps<Subnet>(),
    ];

    private static Network? NetworkOf(Subnet subnet, Topology topology) => topology.Networks.GetValueOrDefault(subnet.NetworkId);

    private static Dictionary<string, object?> Tree(AllocationPool pool) => new() { ["start"] = pool.Start, ["end"] = pool.End };

    private static Dictionary<string, object?> Tree(HostRoute route) => new() { ["destination"] = route.Destination, ["nexthop"] = route.NextHop };

    private static SubnetInput Input(AttributeValues values) => new()
    {
        NetworkId = values.Get<Guid>("network_id").Or(default),
        ProjectId = values.Get<string>("project_id").Or(""),
        IpVersion = values.Get<int>("ip_version").Or(0),
        Cidr = values.Get<IpPrefix?>("cidr").Or(null),
        Name = values.Get<string>("name"),
        Description = values.Get<string>("description"),
        GatewayIp = values.Get<IpAddress?>("gateway_ip"),
        EnableDhcp = values.Get<bool>("enable_dhcp"),
        AllocationPools = values.GetList<AllocationPool>("allocation_pools"),
        HostRoutes = values.GetList<HostRoute>("host_routes"),
        DnsNameservers = values.GetList<IpAddress>("dns_nameservers"),
        Ipv6AddressMode = values.Get<string?>("ipv6_address_mode"),
        Ipv6RaMode = values.Get<string?>("ipv6_ra_mode"),
        ServiceTypes = values.GetList<string>("service_types"),
    };
}

using Vicinal.Model.Rules;

namespace Vicinal.Server.Api.Discovery;

internal sealed record Extension(string Alias, string Name, string Description);

/// <summary>Neutron's API extensions that this server really has: clients decide by this list what they send.</summary>
internal static class Extensions
{
    private const string Dvr = "dvr";

    private static readonly Extension[] s_all =
    [
        new("agent", "agent", "The nodes' agents."),
        new("allowed-address-pairs", "Allowed Address Pairs", "Addresses that a port may use besides its own."),
        new("availability_zone", "Availability Zone", "The zones that nodes are in."),
        new("availability_zone_filter", "Availability Zone Filter Extension", "Zones are found by name, resource and state."),
        new("binding", "Port Binding", "Which host a port is on and how it is plugged there."),
        new("dhcp_agent_scheduler", "DHCP Agent Scheduler", "Which nodes answer DHCP for a network: those where it has ports."),
        new("dns-integration", "DNS Integration", "Names of ports and floating IPs, domains of networks."),
        new(Dvr, "Distributed Virtual Router", "Routers that are on every node."),
        new("empty-string-filtering", "Empty String Filtering Extension", "An empty filter finds empty values."),
        new("ext-gw-mode", "Neutron L3 Configurable external gateway mode", "enable_snat of a router's gateway."),
        new("external-net", "Neutron external network", "router:external of networks."),
        new("extraroute", "Neutron Extra Route", "Static routes of routers."),
        new("extraroute-atomic", "Atomically add/remove extra routes", "Single routes come and go without the others being named."),
        new("filter-validation", "Filter parameters validation", "Unknown filters are refused."),
        new("extra_dhcp_opt", "Neutron Extra DHCP options", "What a port's instance is told by DHCP besides."),
        new("fip-port-details", "Floating IP Port Details Extension", "A floating IP tells about its port."),
        new("ip-substring-filtering", "IP address substring filtering", "Ports are found by a part of an address."),
        new("ip_allocation", "IP Allocation", "How a port came to its addresses."),
        new("l3-ha", "HA Router extension", "Routers with nodes that stand by."),
        new("l3-port-ip-change-not-allowed", "Prevent L3 router ports IP address change extension", "Addresses of router ports follow their router."),
        new("l3_agent_scheduler", "L3 Agent Scheduler", "Routers are put on nodes and taken off by hand."),
        new("net-mtu", "Network MTU", "mtu of networks."),
        new("net-mtu-writable", "Network MTU (writable)", "mtu of networks may be set."),
        new("pagination", "Pagination support", "limit, marker and links of lists."),
        new("port-mac-address-regenerate", "Neutron Port MAC address regenerate", "A port gets a new MAC on demand."),
        new("port-security", "Port Security", "Anti-spoofing may be switched off."),
        new("port-security-groups-filtering", "Port filtering on security groups", "Ports are found by their security groups."),
        new("project-id", "project_id field enabled", "project_id is tenant_id."),
        new("provider", "Provider Network", "How a network's frames travel."),
        new("revision-if-match", "If-Match constraints based on revision_number", "A change may name the revision it is made for."),
        new("router", "Neutron L3 Router", "Routers and floating IPs."),
        new("router-admin-state-down-before-update", "Enforce Router's Admin State Down Before Update Extension", "A router is down before its kind changes."),
        new("router_availability_zone", "Router Availability Zone", "Zones that a router's nodes should be in."),
        new("security-group", "security-group", "Security groups and their rules."),
        new("security-groups-normalized-cidr", "Normalized CIDR field for security group rules", "Rules show their prefix in its canonical form too."),
        new("sorting", "Sorting support", "sort_key and sort_dir of lists."),
        new("standard-attr-description", "standard-attr-description", "Resources have a description."),
        new("standard-attr-revisions", "Resource revision numbers", "Resources have a revision number."),
        new("standard-attr-tag", "Tag support for resources with standard attribute", "Resources have tags."),
        new("standard-attr-timestamp", "Resource timestamps", "Resources have times of creation and change."),
        new("subnet-service-types", "Subnet service types", "Subnets kept for kinds of ports."),
    ];

    /// <summary>Without DVR nothing may say that it is there.</summary>
    public static IReadOnlyList<Extension> Of(CloudSettings settings) =>
        settings.EnableDvr ? s_all : [.. s_all.Where(static extension => extension.Alias != Dvr)];
}

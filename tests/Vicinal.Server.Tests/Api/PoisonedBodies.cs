using System.Text.Json.Nodes;

namespace Vicinal.Server.Tests.Api;

/// <summary>Draws bodies that are nearly right: most values could be meant, some are of another kind altogether.</summary>
internal sealed class PoisonedBodies(Random random, string[] ids)
{
    private static readonly string[] s_readOnly =
    [
        "id", "status", "created_at", "updated_at", "revision_number", "tags", "subnets", "binding:vif_type", "binding:vif_details",
        "dns_assignment", "ip_allocation", "router_id", "port_details", "port_forwardings", "availability_zones", "flavor_id", "shared",
        "security_group_rules", "normalized_cidr", "remote_address_group_id", "tenant_id", "project_id",
    ];

    private static readonly string[] s_texts =
    [
        "", " ", "x", "true", "0", "-1", "4", "6", "4294967296", "1e400", "10.0.0.0/33", "10.0.0.0/0", "0.0.0.0", "255.255.255.255", "::", "::/0",
        "::ffff:10.0.0.1", "fe80::1%eth0", "ff:ff:ff:ff:ff:ff", "00000000-0000-0000-0000-000000000000", "{6b2b4a30-0000-4000-8000-000000000000}",
        "network:router_interface", "a\nb", "\u202e", "😀", "'; DROP TABLE ports", "../../etc/passwd", new('y', 300),
    ];

    private static readonly string[] s_addresses =
        ["10.0.0.1", "10.0.0.5", "10.0.0.9", "10.0.0.255", "203.0.113.9", "203.0.113.250", "fd00::1", "fd00::", "10.9.9.9"];

    private static readonly string[] s_prefixes =
        ["10.0.0.0/24", "10.0.1.0/28", "10.0.2.0/30", "10.9.0.0/16", "10.0.3.5/32", "10.0.4.0/31", "fd00::/64", "fd01::/120", "fd02::/127", "0.0.0.0/0"];

    public JsonObject For(string[] attributes)
    {
        string[] writable = [.. attributes.Except(s_readOnly, StringComparer.Ordinal)];
        JsonObject body = [];
        for (int n = random.Next(5); n >= 0; n--)
        {
            string name = random.Next(20) == 0 ? Pick(attributes) : Pick(writable);
            body[name] = random.Next(12) == 0 ? Anything() : Plausible(name);
        }

        return body;
    }

    public JsonNode? Anything(int depth = 0) => random.Next(depth < 3 ? 10 : 6) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => random.Next(-10, 5000),
        3 => random.NextDouble() * 1e18,
        4 or 5 => Text(),
        6 or 7 => List(() => Anything(depth + 1)),
        _ => new JsonObject(Enumerable.Range(0, random.Next(4))
            .Select(_ => Pick(["start", "end", "subnet_id", "ip_address", "mac_address", "destination", "nexthop", "network_id", "x"])).Distinct()
            .Select(name => KeyValuePair.Create(name, Anything(depth + 1)))),
    };

    public string Text() => random.Next(3) switch
    {
        0 => Pick(ids),
        1 => Pick(s_addresses),
        _ => Pick(s_texts),
    };

    /// <summary>Now and then the connection seems to break off in the middle.</summary>
    public string Cut(string json) => random.Next(20) == 0 ? json[..random.Next(json.Length)] : json;

    private JsonNode? Plausible(string name) => name switch
    {
        "cidr" or "remote_ip_prefix" => Pick(s_prefixes),
        "ip_version" => Pick(4, 6),
        "gateway_ip" or "fixed_ip_address" or "floating_ip_address" => random.Next(5) == 0 ? null : Pick(s_addresses),
        "allocation_pools" => List(() => new JsonObject { ["start"] = Pick(s_addresses), ["end"] = Pick(s_addresses) }),
        "host_routes" or "routes" => List(() => new JsonObject { ["destination"] = Pick(s_prefixes), ["nexthop"] = Pick(s_addresses) }),
        "dns_nameservers" => List(() => Pick(s_addresses)),
        "ipv6_address_mode" or "ipv6_ra_mode" => Pick("slaac", "dhcpv6-stateful", "dhcpv6-stateless"),
        "service_types" => List(() => Pick("compute:nova", "network:dhcp", "network:floatingip")),
        "fixed_ips" => List(FixedIp),
        "mac_address" => random.Next(5) == 0 ? null : Pick("fa:16:3e:00:00:01", "01:00:5e:00:00:01", "fa-16-3e-00-00-02"),
        "extra_dhcp_opts" => List(() => new JsonObject { ["opt_name"] = Pick("mtu", "67", "bootfile-name"), ["opt_value"] = Pick("1400", "x") }),
        "allowed_address_pairs" => List(() => new JsonObject { ["ip_address"] = Pick([.. s_addresses, .. s_prefixes]) }),
        "security_groups" => List(() => Pick(ids)),
        "binding:host_id" => Pick("c1", "c2", "c9", ""),
        "binding:profile" => random.Next(2) == 0 ? null : new JsonObject { ["a"] = Anything(2) },
        "binding:vnic_type" => Pick("normal", "direct"),
        "provider:network_type" => Pick("geneve", "vxlan", "gre", "vlan", "flat"),
        "provider:physical_network" => Pick("physnet1", "nope"),
        "provider:segmentation_id" or "mtu" => random.Next(-1, 5000),
        "external_gateway_info" => random.Next(4) == 0 ? null : new JsonObject
        {
            ["network_id"] = Pick(ids),
            ["external_fixed_ips"] = List(FixedIp),
            ["enable_snat"] = random.Next(2) == 0,
        },
        "direction" => Pick("ingress", "egress"),
        "ethertype" => Pick("IPv4", "IPv6"),
        "protocol" => Pick("tcp", "udp", "icmp", "ipv6-icmp", "sctp", "17", "255", "256"),
        "port_range_min" or "port_range_max" => random.Next(-1, 70000),
        "remote_group_id" or "port_id" or "network_id" or "security_group_id" or "floating_network_id" or "subnet_id" => Pick(ids),
        "name" or "description" or "device_id" or "device_owner" or "dns_name" or "dns_domain" => Pick([.. ids, .. s_texts, "compute:nova"]),
        _ => Pick("true", "false", "1", "0"),
    };

    private JsonObject FixedIp()
    {
        JsonObject request = [];
        if (random.Next(2) == 0)
        {
            request["subnet_id"] = Pick(ids);
        }

        if (random.Next(2) == 0)
        {
            request["ip_address"] = Pick(s_addresses);
        }

        return request;
    }

    private JsonArray List(Func<JsonNode?> item) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => item())];

    private T Pick<T>(params T[] from) => from[random.Next(from.Length)];
}

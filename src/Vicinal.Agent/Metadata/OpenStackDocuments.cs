using System.Text.Json.Nodes;
using Vicinal.Packets;

namespace Vicinal.Agent.Metadata;

/// <summary>meta_data.json and network_data.json, as far as the node knows what belongs into them.</summary>
internal static class OpenStackDocuments
{
    public static JsonObject MetaData(Requester requester, IReadOnlyList<string> keys) => new()
    {
        ["uuid"] = requester.InstanceId,
        ["project_id"] = requester.ProjectId,
        ["name"] = requester.HostName.Split('.')[0],
        ["hostname"] = requester.HostName,
        ["launch_index"] = 0,
        ["public_keys"] = new JsonObject(keys.Select((key, i) => KeyValuePair.Create<string, JsonNode?>(KeyName(key, i), key))),
        ["keys"] = new JsonArray([.. keys.Select((key, i) => (JsonNode)new JsonObject { ["name"] = KeyName(key, i), ["type"] = "ssh", ["data"] = key })]),
    };

    public static JsonObject NetworkData(Requester requester) => new()
    {
        ["links"] = new JsonArray([.. requester.Interfaces.Select((link, i) => (JsonNode)new JsonObject
        {
            ["id"] = LinkName(i),
            ["type"] = "phy",
            ["vif_id"] = link.PortId.ToString(),
            ["ethernet_mac_address"] = link.Mac.ToString(),
            ["mtu"] = link.Mtu,
        })]),
        ["networks"] = new JsonArray([.. requester.Interfaces
            .SelectMany((link, i) => link.Addresses.Select(address => (link, i, address)))
            .Select((entry, n) => (JsonNode)Network(entry.link, entry.i, entry.address, n))]),
        ["services"] = new JsonArray([.. requester.Interfaces.SelectMany(link => link.Addresses).SelectMany(address => address.DnsServers).Distinct()
            .Select(server => (JsonNode)new JsonObject { ["type"] = "dns", ["address"] = server.ToString() })]),
    };

    /// <summary>The comment behind the key, and a number that tells two with the same one apart.</summary>
    public static string KeyName(string key, int number) => key.Split(' ', 3) is [_, _, { } comment] ? $"{comment}-{number}" : $"key-{number}";

    private static string LinkName(int number) => $"link{number}";

    private static JsonObject Network(GuestInterface link, int linkNumber, GuestAddress address, int number)
    {
        bool ipv4 = address.Address.IsIpv4;
        JsonObject network = new()
        {
            ["id"] = $"network{number}",
            ["link"] = LinkName(linkNumber),
            ["network_id"] = link.NetworkId.ToString(),
        };
        if (address.Dhcp || address.Advertised)
        {
            network["type"] = ipv4 ? "ipv4_dhcp" : address.Advertised ? "ipv6_slaac" : "ipv6_dhcpv6-stateful";
            return network;
        }

        network["type"] = ipv4 ? "ipv4" : "ipv6";
        network["ip_address"] = address.Address.ToString();
        network["netmask"] = Mask(ipv4, address.Subnet.Length);
        JsonArray routes = [.. address.Routes.Select(route => (JsonNode)Route(route.Destination, route.NextHop))];
        if (address.Gateway is { } gateway)
        {
            routes.Insert(0, Route(new IpPrefix(ipv4 ? IpAddress.Ipv4Any : IpAddress.Ipv6Any, 0), gateway));
        }

        network["routes"] = routes;
        return network;
    }

    private static JsonObject Route(IpPrefix destination, IpAddress nextHop) => new()
    {
        ["network"] = destination.Address.ToString(),
        ["netmask"] = Mask(destination.Address.IsIpv4, destination.Length),
        ["gateway"] = nextHop.ToString(),
    };

    /// <summary>Spelled out, as Nova does.</summary>
    private static string Mask(bool ipv4, int length)
    {
        UInt128 ones = length == 0 ? 0 : UInt128.MaxValue << (128 - length);
        return ipv4 ? IpAddress.FromIpv4((uint)(ones >> 96)).ToString() : IpAddress.FromValue(ones).ToString();
    }
}

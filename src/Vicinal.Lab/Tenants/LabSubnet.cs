using System.Text.Json.Nodes;
using Vicinal.Lab.Rest;
using Vicinal.Packets;

namespace Vicinal.Lab.Tenants;

/// <summary>A subnet as labs have them: the instances' addresses are set when they are plugged, so nothing hands them out.</summary>
public static class LabSubnet
{
    /// <param name="pool">First and last host part of the addresses that Neutron gives; null for all of them.</param>
    /// <returns>Its id.</returns>
    public static string Create(NeutronClient api, string network, string name, IpPrefix cidr, IpAddress gateway, (int First, int Last)? pool = null)
    {
        JsonObject body = new()
        {
            ["network_id"] = network,
            ["name"] = name,
            ["ip_version"] = cidr.IsIpv4 ? 4 : 6,
            ["cidr"] = cidr.ToString(),
            ["gateway_ip"] = gateway.ToString(),
            ["enable_dhcp"] = false,
        };
        if (pool is { } range)
        {
            body["allocation_pools"] = new JsonArray(new JsonObject
            {
                ["start"] = AddressOf(cidr, range.First).ToString(),
                ["end"] = AddressOf(cidr, range.Last).ToString(),
            });
        }

        return (string)api.Create("subnets", body)["id"]!;
    }

    public static IpAddress AddressOf(IpPrefix cidr, int host) => IpAddress.FromValue(cidr.Address.Value + (uint)host);
}

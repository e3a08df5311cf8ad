using System.Text.Json.Nodes;
using Vicinal.Lab.Rest;

namespace Vicinal.Lab.Tenants;

/// <summary>A security group that lets everybody ping and speak to the echo servers.</summary>
public static class OpenGroup
{
    /// <summary>Every instance and the internet answer here, by TCP and UDP.</summary>
    public const int EchoPort = 7777;

    /// <summary>Makes it and returns its id.</summary>
    public static string Create(NeutronClient api)
    {
        string group = (string)api.Create("security-groups", new JsonObject { ["name"] = "open" })["id"]!;
        foreach ((string ether, string protocol, int? port) in (ReadOnlySpan<(string, string, int?)>)
            [("IPv4", "icmp", null), ("IPv6", "ipv6-icmp", null), ("IPv4", "tcp", EchoPort), ("IPv4", "udp", EchoPort), ("IPv6", "tcp", EchoPort), ("IPv6", "udp", EchoPort)])
        {
            JsonObject rule = new() { ["security_group_id"] = group, ["direction"] = "ingress", ["ethertype"] = ether, ["protocol"] = protocol };
            if (port is { } number)
            {
                rule["port_range_min"] = number;
                rule["port_range_max"] = number;
            }

            api.Create("security-group-rules", rule);
        }

        return group;
    }
}

using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;
using Vicinal.Server.Api.Listing;

namespace Vicinal.Server.Api.Ports;

/// <summary>fixed_ips=ip_address=A, fixed_ips=subnet_id=S and fixed_ips=ip_address_substr=T: kinds must all hold, values of one kind are alternatives.</summary>
internal static class PortFilters
{
    private const string SubnetKey = "subnet_id=";
    private const string AddressKey = "ip_address=";
    private const string PartKey = "ip_address_substr=";

    public static bool FixedIpsMatch(Port port, Topology topology, IReadOnlyList<string> wanted)
    {
        string[] subnets = Values(wanted, SubnetKey);
        string[] addresses = Values(wanted, AddressKey);
        string[] parts = Values(wanted, PartKey);
        if (subnets.Length + addresses.Length + parts.Length != wanted.Count)
        {
            // Something else was asked for; the empty filter finds ports without addresses.
            return wanted.All(text => text.Length == 0) && port.FixedIps.IsEmpty;
        }

        return (subnets.Length == 0 || port.FixedIps.Any(ip => subnets.Contains(ip.SubnetId.ToString(), StringComparer.OrdinalIgnoreCase)))
            && (addresses.Length == 0 || port.FixedIps.Any(ip => Array.Exists(addresses, text => Same(text, ip.Address))))
            && (parts.Length == 0 || port.FixedIps.Any(ip => Array.Exists(parts, ip.Address.ToString().Contains)));
    }

    /// <summary>By the narrowest index that the query names.</summary>
    public static IEnumerable<Guid>? Candidates(Topology topology, ListQuery query)
    {
        if (query.Filter("device_id") is { } devices && devices.All(d => d.Length > 0))
        {
            return devices.SelectMany(device => topology.PortsByDevice[device]);
        }

        if (query.Filter("fixed_ips") is { } fixedIps && Values(fixedIps, SubnetKey) is { Length: > 0 } subnets)
        {
            return subnets.SelectMany(text => Guid.TryParse(text, out Guid id) ? topology.Allocations.OwnersIn(id) : []);
        }

        if (query.IdFilter("security_groups") is { } groups && query.Filter("security_groups")!.All(g => g.Length > 0))
        {
            return groups.SelectMany(id => topology.PortsBySecurityGroup[id]);
        }

        if (query.IdFilter("network_id") is { } networks)
        {
            return networks.SelectMany(id => topology.PortsByNetwork[id]);
        }

        return query.Filter("binding:host_id") is { } hosts && hosts.All(h => h.Length > 0)
            ? hosts.SelectMany(host => topology.PortsByHost[host])
            : null;
    }

    private static string[] Values(IReadOnlyList<string> wanted, string key) =>
        [.. wanted.Where(text => text.StartsWith(key, StringComparison.Ordinal)).Select(text => text[key.Length..])];

    private static bool Same(string text, IpAddress address) => IpAddress.TryParse(text, out IpAddress wanted) && wanted == address;
}

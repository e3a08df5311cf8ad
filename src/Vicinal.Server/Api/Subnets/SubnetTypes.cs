using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Bodies;
using static Vicinal.Server.Api.Attributes.Normalised;

namespace Vicinal.Server.Api.Subnets;

/// <summary>The value types of a subnet's lists.</summary>
internal static class SubnetTypes
{
    // Longer than any list that a rule lets through: it bounds the work on a hostile body.
    private const int LongestList = 1000;

    /// <summary>IpPrefix; host bits are dropped.</summary>
    public static AttributeType Cidr { get; } = new("subnet", raw => raw is string text && IpPrefix.TryParse(text, out IpPrefix prefix)
        ? Of(prefix)
        : Refuse(NeutronFault.InvalidInput($"{PythonText.Str(raw)} is not in a CIDR format.")));

    /// <summary>List&lt;AllocationPool&gt;.</summary>
    public static AttributeType Pools { get; } = new("ip pools", raw => ToList<AllocationPool>(raw, ToPool, "IP pools"));

    /// <summary>List&lt;HostRoute&gt;; null is the empty list.</summary>
    public static AttributeType HostRoutes { get; } = new("hostroutes", raw => ToList<HostRoute>(raw ?? new List<object?>(), ToRoute, "hostroute"));

    /// <summary>List&lt;IpAddress&gt;; null is the empty list.</summary>
    public static AttributeType NameServers { get; } =
        new("nameservers", raw => ToList<IpAddress>(raw ?? new List<object?>(), ToServer, "nameserver"));

    /// <summary>List&lt;string&gt; of device owners.</summary>
    public static AttributeType ServiceTypes { get; } =
        new("list of subnet service types", raw => ToList<string>(raw ?? new List<object?>(), ToServiceType, "service types"));

    private static Normalised ToList<T>(object? raw, Func<object?, List<T>, string?> add, string what)
    {
        if (raw is not List<object?> items || items.Count > LongestList)
        {
            return Refuse($"Invalid data format for {what}: '{PythonText.Str(raw)}'");
        }

        List<T> result = [];
        foreach (object? item in items)
        {
            if (add(item, result) is { } reason)
            {
                return Refuse(reason);
            }
        }

        return Of(result);
    }

    private static string? ToPool(object? raw, List<AllocationPool> pools)
    {
        if (raw is not Dictionary<string, object?> { Count: 2 } map
            || !map.TryGetValue("start", out object? start)
            || !map.TryGetValue("end", out object? end))
        {
            return $"Invalid data format for IP pool: '{PythonText.Str(raw)}'";
        }

        object? bad = !IsAddress(start, out IpAddress first) ? start : !IsAddress(end, out _) ? end : null;
        if (bad is not null || !IsAddress(end, out IpAddress last))
        {
            return $"'{PythonText.Str(bad)}' is not a valid IP address";
        }

        pools.Add(new AllocationPool(first, last));
        return null;
    }

    private static string? ToRoute(object? raw, List<HostRoute> routes)
    {
        if (raw is not Dictionary<string, object?> { Count: 2 } map
            || !map.TryGetValue("destination", out object? destination)
            || !map.TryGetValue("nexthop", out object? nextHop))
        {
            return $"Invalid data format for hostroute: '{PythonText.Str(raw)}'";
        }

        if (destination is not string cidr || !cidr.Contains('/') || !IpPrefix.TryParse(cidr, out IpPrefix prefix))
        {
            return $"'{PythonText.Str(destination)}' is not a valid CIDR";
        }

        if (!IsAddress(nextHop, out IpAddress hop))
        {
            return $"'{PythonText.Str(nextHop)}' is not a valid IP address";
        }

        HostRoute route = new(prefix, hop);
        if (routes.Contains(route))
        {
            return $"Duplicate hostroute '{PythonText.Str(raw)}'";
        }

        routes.Add(route);
        return null;
    }

    private static string? ToServer(object? raw, List<IpAddress> servers)
    {
        if (!IsAddress(raw, out IpAddress server))
        {
            return $"'{PythonText.Str(raw)}' is not a valid nameserver. '{PythonText.Str(raw)}' is not a valid IP address";
        }

        if (servers.Contains(server))
        {
            return $"Duplicate nameserver '{PythonText.Str(raw)}'";
        }

        servers.Add(server);
        return null;
    }

    private static string? ToServiceType(object? raw, List<string> types)
    {
        if (raw is not string text
            || !(text.StartsWith(DeviceOwner.NetworkPrefix, StringComparison.Ordinal) || text.StartsWith(DeviceOwner.ComputePrefix, StringComparison.Ordinal)))
        {
            return $"Invalid service type: {PythonText.Str(raw)}";
        }

        if (types.Contains(text))
        {
            return $"Duplicate service type: {text}";
        }

        types.Add(text);
        return null;
    }

    private static bool IsAddress(object? raw, out IpAddress address)
    {
        address = default;
        return raw is string text && IpAddress.TryParse(text, out address);
    }
}

using Vicinal.Model;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Bodies;
using static Vicinal.Server.Api.Attributes.Normalised;

namespace Vicinal.Server.Api.Routers;

/// <summary>The value types of a router's composite attributes.</summary>
internal static class RouterTypes
{
    // More than any port may have; it bounds the work on a hostile body.
    private const int MostAddresses = 100;

    /// <summary>GatewayRequest?: null and {} clear the gateway.</summary>
    public static AttributeType Gateway { get; } = new("external gateway", raw => raw switch
    {
        null or Dictionary<string, object?> { Count: 0 } => Of(null),
        Dictionary<string, object?> map => ToGateway(map),
        _ => Refuse($"'{PythonText.Str(raw)}' is not a dictionary"),
    });

    /// <summary>List&lt;string&gt; of zone names.</summary>
    public static AttributeType ZoneHints { get; } = new("availability zone hint list", raw =>
    {
        if (raw is not List<object?> items || items.Exists(static item => item is not string { Length: <= 255 }))
        {
            return Refuse($"'{PythonText.Str(raw)}' is not a list of availability zone hints");
        }

        List<string> zones = [.. items.Cast<string>()];
        return zones.Distinct(StringComparer.Ordinal).Count() == zones.Count
            ? Of(zones)
            : Refuse($"Duplicate items in the list: '{string.Join(", ", zones)}'");
    });

    private static Normalised ToGateway(Dictionary<string, object?> map)
    {
        if (!map.TryGetValue("network_id", out object? network))
        {
            string provided = string.Join(", ", map.Keys.Select(static key => $"'{key}'"));
            return Refuse("Validation of dictionary's keys failed. "
                + $"Expected keys: {{'network_id'}} Provided keys: {{{provided}}}");
        }

        string? unknown = map.Keys.FirstOrDefault(static key => key is not ("network_id" or "enable_snat" or "external_fixed_ips"));
        if (unknown is not null)
        {
            return Refuse($"Unexpected key '{unknown}' supplied");
        }

        Normalised id = AttributeTypes.Uuid.Normalise(network);
        Normalised snat = map.TryGetValue("enable_snat", out object? enable) ? AttributeTypes.Boolean.Normalise(enable) : Of(null);
        Normalised addresses = map.TryGetValue("external_fixed_ips", out object? ips) ? ToAddresses(ips) : Of(null);
        if (id.IsRefused || snat.IsRefused || addresses.IsRefused)
        {
            return id.IsRefused ? id : snat.IsRefused ? snat : addresses;
        }

        return Of(new GatewayRequest(
            (Guid)id.Value!,
            snat.Value is bool given ? given : default(Given<bool>),
            addresses.Value is List<FixedIpRequest> list ? list.ToValueList() : default));
    }

    private static Normalised ToAddresses(object? raw)
    {
        if (raw is not List<object?> { Count: <= MostAddresses } items)
        {
            return Refuse($"Invalid data format for fixed IP: '{PythonText.Str(raw)}'");
        }

        List<FixedIpRequest> requests = [];
        foreach (object? item in items)
        {
            if (item is not Dictionary<string, object?> map || map.Keys.Any(static key => key is not ("subnet_id" or "ip_address")) || map.Count == 0)
            {
                return Refuse($"Invalid data format for fixed IP: '{PythonText.Str(item)}'");
            }

            Normalised subnet = map.TryGetValue("subnet_id", out object? id) ? AttributeTypes.UuidOrNull.Normalise(id) : Of(null);
            Normalised address = map.TryGetValue("ip_address", out object? ip) ? AttributeTypes.IpAddressOrNull.Normalise(ip) : Of(null);
            if (subnet.IsRefused || address.IsRefused)
            {
                return subnet.IsRefused ? subnet : address;
            }

            if (subnet.Value is null && address.Value is null)
            {
                return Refuse(NeutronFault.InvalidInput("IP allocation requires subnet_id or ip_address."));
            }

            requests.Add(new FixedIpRequest((Guid?)subnet.Value, (IpAddress?)address.Value));
        }

        return requests.Distinct().Count() == requests.Count
            ? Of(requests)
            : Refuse($"Duplicate IP address '{PythonText.Str(raw)}'");
    }
}

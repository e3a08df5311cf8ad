using System.Text.Json;
using Vicinal.Model;
using Vicinal.Model.Rules;
using Vicinal.Packets;
using Vicinal.Server.Api.Attributes;
using Vicinal.Server.Api.Bodies;
using static Vicinal.Server.Api.Attributes.Normalised;

namespace Vicinal.Server.Api.Ports;

/// <summary>The value types of a port's composite attributes.</summary>
internal static class PortTypes
{
    private const int LongestProfile = 4095;

    /// <summary>List&lt;FixedIpRequest&gt;; null is the empty list.</summary>
    public static AttributeType FixedIps { get; } = new("fixed ips", ToFixedIps);

    /// <summary>List&lt;AddressPairRequest&gt;; null is the empty list.</summary>
    public static AttributeType AddressPairs { get; } = new("allowed address pairs", ToPairs);

    /// <summary>List&lt;ExtraDhcpOptionRequest&gt;; null is the empty list.</summary>
    public static AttributeType ExtraDhcpOptions { get; } = new("list of extra dhcp opts", ToExtraDhcpOptions);

    /// <summary>MacAddress?</summary>
    public static AttributeType MacOrNull { get; } = AttributeTypes.OrNull(AttributeTypes.Mac);

    /// <summary>string: a JSON object; null is the empty one.</summary>
    public static AttributeType Profile { get; } = new("dict or null", ToProfile);

    private static Normalised ToFixedIps(object? raw)
    {
        if (raw is null)
        {
            return Of(new List<FixedIpRequest>());
        }

        if (raw is not List<object?> items)
        {
            return Refuse($"Invalid data format for fixed IP: '{PythonText.Str(raw)}'");
        }

        List<FixedIpRequest> requests = [];
        HashSet<IpAddress> seen = [];
        foreach (object? item in items)
        {
            if (item is not Dictionary<string, object?> map || map.Keys.Any(key => key is not ("subnet_id" or "ip_address")))
            {
                return Refuse($"Invalid data format for fixed IP: '{PythonText.Str(item)}'");
            }

            Normalised subnet = Optional(map, "subnet_id", AttributeTypes.Uuid);
            Normalised address = Optional(map, "ip_address", AttributeTypes.IpAddress);
            if (subnet.IsRefused || address.IsRefused)
            {
                return subnet.IsRefused ? subnet : address;
            }

            if (address.Value is IpAddress ip && !seen.Add(ip))
            {
                return Refuse($"Duplicate IP address '{ip}'");
            }

            requests.Add(new FixedIpRequest((Guid?)subnet.Value, (IpAddress?)address.Value));
        }

        return Of(requests);
    }

    private static Normalised ToPairs(object? raw)
    {
        if (raw is null)
        {
            return Of(new List<AddressPairRequest>());
        }

        if (raw is not List<object?> items)
        {
            return Refuse(new NeutronFault(400, "HTTPBadRequest", "Allowed address pairs must be a list."));
        }

        List<AddressPairRequest> pairs = [];
        foreach (object? item in items)
        {
            if (item is not Dictionary<string, object?> map)
            {
                return Refuse($"Invalid data format for allowed address pair: '{PythonText.Str(item)}'");
            }

            if (map.Keys.FirstOrDefault(key => key is not ("ip_address" or "mac_address")) is { } unknown)
            {
                return Refuse(NeutronFault.BadRequest($"Unrecognized attribute(s) '{unknown}'"));
            }

            if (!map.TryGetValue("ip_address", out object? address) || address is null)
            {
                return Refuse(new NeutronFault(400, "AllowedAddressPairsMissingIP", "AllowedAddressPair must contain ip_address"));
            }

            if (address is not string text || !IpPrefix.TryParse(text, out IpPrefix prefix))
            {
                return Refuse($"'{PythonText.Str(address)}' is neither a valid IP address, nor is it a valid IP subnet");
            }

            Normalised mac = Optional(map, "mac_address", AttributeTypes.Mac);
            if (mac.IsRefused)
            {
                return mac;
            }

            pairs.Add(new AddressPairRequest(prefix, (MacAddress?)mac.Value));
        }

        return Of(pairs);
    }

    private static Normalised ToExtraDhcpOptions(object? raw)
    {
        if (raw is null)
        {
            return Of(new List<ExtraDhcpOptionRequest>());
        }

        if (raw is not List<object?> items)
        {
            return Refuse($"Invalid data format for extra DHCP options: '{PythonText.Str(raw)}' is not a list");
        }

        List<ExtraDhcpOptionRequest> options = [];
        foreach (object? item in items)
        {
            if (item is not Dictionary<string, object?> map || map.Keys.Any(key => key is not ("opt_name" or "opt_value" or "ip_version"))
                || !map.TryGetValue("opt_name", out object? name) || !map.TryGetValue("opt_value", out object? value))
            {
                return Refuse($"Invalid data format for extra DHCP options: '{PythonText.Str(item)}' is not opt_name, opt_value and at most ip_version");
            }

            Normalised version = map.TryGetValue("ip_version", out object? given) && given is not null ? AttributeTypes.Integer.Normalise(given) : Of(4);
            if (name is not string text || string.IsNullOrWhiteSpace(text) || version.IsRefused || version.Value is not (4 or 6))
            {
                return Refuse($"'{PythonText.Str(item)}' has no opt_name, or an ip_version that is neither 4 nor 6");
            }

            if (value is not (null or string))
            {
                return Refuse($"'{PythonText.Str(value)}' is not a valid string");
            }

            if (options.Exists(option => option.Name == text && option.IpVersion == (int)version.Value))
            {
                return Refuse($"Duplicate extra DHCP option '{text}'");
            }

            options.Add(new ExtraDhcpOptionRequest(text, (string?)value, (int)version.Value));
        }

        return Of(options);
    }

    private static Normalised ToProfile(object? raw)
    {
        if (raw is null)
        {
            return Of("{}");
        }

        if (raw is not Dictionary<string, object?>)
        {
            return Refuse($"'{PythonText.Str(raw)}' is not a dictionary");
        }

        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            JsonValues.Write(json, raw);
        }

        return bytes.Length <= LongestProfile
            ? Of(System.Text.Encoding.UTF8.GetString(bytes.ToArray()))
            : Refuse(NeutronFault.InvalidInput($"binding:profile value too large, maximum is {LongestProfile}."));
    }

    private static Normalised Optional(Dictionary<string, object?> map, string name, AttributeType type) =>
        map.TryGetValue(name, out object? raw) && raw is not null ? type.Normalise(raw) : Of(null);
}

using System.Globalization;
using Vicinal.Model;
using Vicinal.Packets;
using Vicinal.Server.Api.Bodies;
using static Vicinal.Server.Api.Attributes.Normalised;

namespace Vicinal.Server.Api.Attributes;

/// <summary>The types that several resources share; what only one knows stands beside its collection.</summary>
public static class AttributeTypes
{
    /// <summary>For filters only: taken as it is.</summary>
    public static AttributeType AnyText { get; } = new("string", Of);

    /// <summary>bool, from Neutron's lenient forms.</summary>
    public static AttributeType Boolean { get; } = new("bool", ToBoolean);

    /// <summary>int; digit strings count.</summary>
    public static AttributeType Integer { get; } = new("int", ToInteger);

    /// <summary>Guid.</summary>
    public static AttributeType Uuid { get; } = new("uuid", ToUuid);

    /// <summary>Guid?</summary>
    public static AttributeType UuidOrNull { get; } = OrNull(Uuid);

    /// <summary>List&lt;Guid&gt; without duplicates; null is the empty list.</summary>
    public static AttributeType UuidList { get; } = new("uuid list", ToUuidList);

    /// <summary>IpAddress.</summary>
    public static AttributeType IpAddress { get; } = new("ip address", ToIpAddress);

    /// <summary>IpAddress?</summary>
    public static AttributeType IpAddressOrNull { get; } = OrNull(IpAddress);

    /// <summary>MacAddress.</summary>
    public static AttributeType Mac { get; } = new("mac address", ToMac);

    /// <summary>IpPrefix, from address/length.</summary>
    public static AttributeType Cidr { get; } = new("subnet", ToCidr);

    /// <summary>string of at most so many characters.</summary>
    public static AttributeType Text(int longest) => new($"string ≤{longest}", raw => ToText(raw, longest));

    /// <summary>string? of at most so many characters.</summary>
    public static AttributeType TextOrNull(int longest) => OrNull(Text(longest));

    /// <summary>int within bounds, both included.</summary>
    public static AttributeType IntegerBetween(int least, int most) => new($"int {least}..{most}", raw =>
    {
        Normalised number = ToInteger(raw);
        return number.Value is not int value ? number
            : value < least ? Refuse($"'{value}' is too small - must be at least '{least}'")
            : value > most ? Refuse($"'{value}' is too large - must be no larger than '{most}'")
            : number;
    });

    /// <summary>int, 0 and up.</summary>
    public static AttributeType NonNegative { get; } = new("non negative", raw =>
    {
        Normalised number = ToInteger(raw);
        return number.Value is < 0 ? Refuse($"'{number.Value}' should be non-negative") : number;
    });

    /// <summary>int out of a set.</summary>
    public static AttributeType OneOf(params int[] valid) => new($"one of {string.Join(", ", valid)}", raw =>
    {
        Normalised number = ToInteger(raw);
        return number.Value is int value && !valid.Contains(value) ? Refuse($"{value} is not in valid_values") : number;
    });

    /// <summary>string out of a set.</summary>
    public static AttributeType OneOf(params string[] valid) => new($"one of {string.Join(", ", valid)}", raw =>
        raw is string text && valid.Contains(text, StringComparer.Ordinal) ? Of(text) : Refuse($"{PythonText.Str(raw)} is not in valid_values"));

    /// <summary>The type or null.</summary>
    public static AttributeType OrNull(AttributeType type) =>
        new($"{type.Name} or null", raw => raw is null ? Of(null) : type.Normalise(raw));

    private static Normalised ToBoolean(object? raw) => raw switch
    {
        bool => Of(raw),
        1L or 1.0 => Of(true),
        0L or 0.0 => Of(false),
        string text when text is "1" || text.Equals("true", StringComparison.OrdinalIgnoreCase) => Of(true),
        string text when text is "0" || text.Equals("false", StringComparison.OrdinalIgnoreCase) => Of(false),
        _ => Refuse(NeutronFault.InvalidInput($"'{PythonText.Str(raw)}' cannot be converted to boolean.")),
    };

    private static Normalised ToInteger(object? raw) => raw switch
    {
        long number when number is >= int.MinValue and <= int.MaxValue => Of((int)number),
        string text when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) => Of(number),
        _ => Refuse(NeutronFault.InvalidInput($"'{PythonText.Str(raw)}' is not an integer.")),
    };

    private static Normalised ToText(object? raw, int longest) => raw switch
    {
        not string => Refuse($"'{PythonText.Str(raw)}' is not a valid string"),
        string text when text.EnumerateRunes().Count() > longest => Refuse($"'{text}' exceeds maximum length of {longest}"),
        _ => Of(raw),
    };

    private static Normalised ToUuid(object? raw) =>
        TryUuid(raw, out Guid id) ? Of(id) : Refuse($"'{PythonText.Str(raw)}' is not a valid UUID");

    private static Normalised ToUuidList(object? raw)
    {
        if (raw is null)
        {
            return Of(new List<Guid>());
        }

        if (raw is not List<object?> items)
        {
            return Refuse($"'{PythonText.Str(raw)}' is not a list");
        }

        List<Guid> ids = [];
        foreach (object? item in items)
        {
            if (!TryUuid(item, out Guid id))
            {
                return Refuse($"'{PythonText.Str(item)}' is not a valid UUID");
            }

            if (ids.Contains(id))
            {
                return Refuse($"Duplicate items in the list: '{PythonText.Str(item)}'");
            }

            ids.Add(id);
        }

        return Of(ids);
    }

    private static Normalised ToIpAddress(object? raw) => raw is string text && Packets.IpAddress.TryParse(text, out IpAddress address)
        ? Of(address)
        : Refuse($"'{PythonText.Str(raw)}' is not a valid IP address");

    private static Normalised ToMac(object? raw) => raw is string text && MacAddress.TryParse(text, out MacAddress mac)
        ? Of(mac)
        : Refuse($"'{PythonText.Str(raw)}' is not a valid MAC address");

    private static Normalised ToCidr(object? raw) => raw is string text && text.Contains('/') && IpPrefix.TryParse(text, out IpPrefix prefix)
        ? Of(prefix)
        : Refuse($"'{PythonText.Str(raw)}' is not a valid CIDR");

    private static bool TryUuid(object? raw, out Guid id)
    {
        id = default;
        return raw is string text && (Guid.TryParseExact(text, "D", out id) || Guid.TryParseExact(text, "N", out id));
    }
}

using Vicinal.Server.Api.Bodies;
using static Vicinal.Server.Api.Attributes.Normalised;

namespace Vicinal.Server.Api.Attributes;

/// <summary>Host and domain names (RFC 1123 section 2.1): letters, digits and hyphens in labels of at most 63.</summary>
internal static class DnsNames
{
    private const int LongestName = 255;
    private const int LongestLabel = 63;

    /// <summary>string; empty or one label or more.</summary>
    public static AttributeType Host { get; } = new("dns host name", raw => Check(raw, "dns_name"));

    /// <summary>string; empty or a name that may end in a dot.</summary>
    public static AttributeType Domain { get; } = new("dns domain name", raw => Check(raw, "dns_domain"));

    private static Normalised Check(object? raw, string what)
    {
        if (raw is not string text)
        {
            return Refuse($"'{PythonText.Str(raw)}' is not a valid string");
        }

        if (text.Length == 0)
        {
            return Of(text);
        }

        string name = text.EndsWith('.') ? text[..^1] : text;
        return name.Length <= LongestName && Array.TrueForAll(name.Split('.'), IsLabel)
            ? Of(text)
            : Refuse($"'{text}' not a valid PQDN or FQDN. Reason: {what} must consist of letters, digits and hyphens");
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= LongestLabel
        && label[0] != '-'
        && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}

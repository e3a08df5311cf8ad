using System.Globalization;
using Vicinal.Packets;

namespace Vicinal.Deployment.Yaml;

/// <summary>What a value means where a key wants a certain kind. Each refuses by a <see cref="YamlFaultException"/> that says what was expected.</summary>
public static class YamlConversions
{
    /// <summary>IFNAMSIZ without the final zero.</summary>
    public const int LongestInterface = 15;

    private const int LongestName = 63;

    /// <summary>As YAML 1.1 and Heat have it: also 'yes' and 'on', and quoted.</summary>
    public static bool AsBoolean(this YamlValue value) => value.Text?.ToUpperInvariant() switch
    {
        "TRUE" or "YES" or "ON" => true,
        "FALSE" or "NO" or "OFF" => false,
        _ => throw value.Fault("true or false"),
    };

    public static int AsInteger(this YamlValue value, int least, int most) =>
        int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw value.Fault($"a number from {least} to {most}");

    /// <summary>A text of one line that is not empty.</summary>
    public static string AsText(this YamlValue value) =>
        value is { Text: { Length: > 0 } text, IsNull: false } && !text.Any(char.IsControl) ? text : throw value.Fault("a text of one line");

    public static string AsOneOf(this YamlValue value, params ReadOnlySpan<string> words)
    {
        foreach (string word in words)
        {
            if (value.Text == word)
            {
                return word;
            }
        }

        throw value.Fault($"one of {string.Join(", ", words!)}");
    }

    public static IReadOnlyList<YamlEntry> AsMapping(this YamlValue value) =>
        value.Entries ?? (value.IsNull ? [] : throw value.Fault("a mapping of keys to values"));

    /// <summary>A YAML list of scalars, or the comma list that Heat writes for one. Each keeps the place where it stands.</summary>
    public static IReadOnlyList<YamlValue> AsWords(this YamlValue value)
    {
        if (value.Items is { } items)
        {
            return [.. items.Select(item => item.Text is { } text && !item.IsNull ? YamlValue.Scalar(item.Place, text.Trim(), quoted: true) : throw item.Fault("a word"))];
        }

        string all = value.Text ?? throw value.Fault("a list, or words with commas between them");
        return value.IsNull
            ? []
            : [.. all.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(word => YamlValue.Scalar(value.Place, word, quoted: true))];
    }

    public static IpAddress AsAddress(this YamlValue value) =>
        IpAddress.TryParse(value.Text, out IpAddress address) ? address : throw value.Fault("an IP address");

    public static IpPrefix AsPrefix(this YamlValue value) =>
        value.Text is { } text && text.Contains('/', StringComparison.Ordinal) && IpPrefix.TryParse(text, out IpPrefix prefix) ? prefix : throw value.Fault("a subnet, ADDRESS/LENGTH");

    /// <summary>A name that is a host's, a folder's and part of a file's: letters and digits, and dots, dashes and underscores among them.</summary>
    public static string AsName(this YamlValue value) => IsName(value.Text) ? value.Text! : throw value.Fault($"a name of 1 to {LongestName} letters, digits, '.', '-' and '_'");

    public static string AsInterface(this YamlValue value) => IsInterface(value.Text) ? value.Text! : throw value.Fault($"an interface's name, up to {LongestInterface} characters");

    public static bool IsName(string? text) =>
        text is { Length: > 0 and <= LongestName } && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    /// <summary>What dev_valid_name() of the kernel lets through, of printable characters.</summary>
    public static bool IsInterface(string? text) =>
        text is { Length: > 0 and <= LongestInterface } and not "." and not ".." && text.All(c => c is > ' ' and < '\x7f' and not '/' and not ':');
}

using System.Globalization;
using System.Text;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>The value of a DHCP option, from the text that a user writes to the octets that a client is sent.</summary>
internal static class DhcpOptionText
{
    private static readonly char[] s_separators = [',', ' '];

    /// <summary>Null for what is no value of the kind.</summary>
    public static byte[]? Read(DhcpValueKind kind, string text, int version)
    {
        if (text.Any(static c => c is < ' ' or > '~'))
        {
            return null;
        }

        return kind switch
        {
            DhcpValueKind.Text => Encoding.ASCII.GetBytes(text),
            DhcpValueKind.Address => Addresses(text, version) is { } one && one.Length == (version == 4 ? 4 : 16) ? one : null,
            DhcpValueKind.Addresses => Addresses(text, version),
            DhcpValueKind.Octet => Number(text, 1),
            DhcpValueKind.Word => Number(text, 2),
            DhcpValueKind.Number => Number(text, 4),
            DhcpValueKind.Flag => text is "0" or "1" ? [(byte)(text[0] - '0')] : null,
            DhcpValueKind.Domains => Domains(text),
            DhcpValueKind.Hexadecimal => Hexadecimal(text),
            _ => Addresses(text, version) ?? Hexadecimal(text) ?? Encoding.ASCII.GetBytes(text),
        };
    }

    public static string Describe(DhcpValueKind kind, int version) => kind switch
    {
        DhcpValueKind.Address => $"an IPv{version} address",
        DhcpValueKind.Addresses => $"IPv{version} addresses with commas between them",
        DhcpValueKind.Octet => "a number up to 255",
        DhcpValueKind.Word => "a number up to 65535",
        DhcpValueKind.Number => "a number up to 4294967295",
        DhcpValueKind.Flag => "0 or 1",
        DhcpValueKind.Domains => "domain names with commas between them",
        DhcpValueKind.Hexadecimal => "0x and an even number of hexadecimal digits",
        _ => "up to 255 printable ASCII characters on one line",
    };

    private static byte[]? Addresses(string text, int version)
    {
        List<byte> bytes = [];
        Span<byte> octets = stackalloc byte[16];
        foreach (string part in text.Split(s_separators, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IpAddress.TryParse(part, out IpAddress address) || address.IsIpv4 != (version == 4))
            {
                return null;
            }

            if (address.IsIpv4)
            {
                address.WriteIpv4(octets);
            }
            else
            {
                address.WriteIpv6(octets);
            }

            bytes.AddRange(octets[..(address.Bits / 8)]);
        }

        return bytes.Count == 0 ? null : [.. bytes];
    }

    private static byte[]? Number(string text, int size)
    {
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) || value >> (8 * size) != 0)
        {
            return null;
        }

        return [.. Enumerable.Range(1, size).Select(i => (byte)(value >> (8 * (size - i))))];
    }

    private static byte[]? Domains(string text)
    {
        List<byte> bytes = [];
        Span<byte> labels = stackalloc byte[byte.MaxValue];
        foreach (string part in text.Split(s_separators, StringSplitOptions.RemoveEmptyEntries))
        {
            int length = DnsLabels.Write(part, labels);
            if (length == 0)
            {
                return null;
            }

            bytes.AddRange(labels[..length]);
        }

        return [.. bytes];
    }

    private static byte[]? Hexadecimal(string text) =>
        text.Length > 2 && text.Length % 2 == 0 && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && text.Skip(2).All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(text.AsSpan(2))
            : null;
}

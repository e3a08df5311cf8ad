using System.Text;

namespace Vicinal.Packets;

/// <summary>
/// Names in DNS messages. A compression pointer ends a name and is never followed: nothing here reads a name that stands behind the question, so that
/// pointers in circles lead nowhere.
/// </summary>
public static class DnsName
{
    public const int MaxLength = 255;
    private const int MaxLabel = 63;

    /// <summary>
    /// Reads a name without pointers as dotted text in lower case, without the last dot. False for a pointer, an unsound length, and a label that
    /// could be taken for something else as text.
    /// </summary>
    /// <param name="end">Behind the name.</param>
    public static bool TryRead(ReadOnlySpan<byte> message, int start, out string name, out int end)
    {
        Span<char> text = stackalloc char[MaxLength];
        int length = 0;
        (name, end) = ("", 0);
        for (int at = start; at < message.Length; at += message[at] + 1)
        {
            int label = message[at];
            if (label == 0)
            {
                (name, end) = (new string(text[..length]), at + 1);
                return true;
            }

            if (label > MaxLabel || at + 1 + label >= message.Length || length + label + 1 > MaxLength - 1)
            {
                return false;
            }

            if (length > 0)
            {
                text[length++] = '.';
            }

            foreach (byte octet in message.Slice(at + 1, label))
            {
                if (octet is <= (byte)' ' or >= 0x7F or (byte)'.')
                {
                    return false;
                }

                text[length++] = char.ToLowerInvariant((char)octet);
            }
        }

        return false;
    }

    /// <summary>Goes over a name that may end in a pointer.</summary>
    public static bool TrySkip(ReadOnlySpan<byte> message, int start, out int end)
    {
        end = start;
        while (end < message.Length)
        {
            int label = message[end];
            if (label >= 0xC0)
            {
                end += 2;
                return end <= message.Length;
            }

            if (label > MaxLabel || end - start > MaxLength)
            {
                return false;
            }

            end += label + 1;
            if (label == 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Octets that the name takes; 0 for one that is no name.</summary>
    public static int SizeOf(string name)
    {
        foreach (string label in name.Split('.'))
        {
            if (label.Length is 0 or > MaxLabel || !Ascii.IsValid(label))
            {
                return 0;
            }
        }

        return name.Length + 2 <= MaxLength ? name.Length + 2 : 0;
    }

    /// <summary>Writes a name that has a size.</summary>
    public static void Write(string name, Span<byte> target)
    {
        int at = 0;
        foreach (string label in name.Split('.'))
        {
            target[at] = (byte)label.Length;
            _ = Encoding.ASCII.GetBytes(label, target[(at + 1)..]);
            at += label.Length + 1;
        }

        target[at] = 0;
    }

    /// <summary>The address that a name below in-addr.arpa or ip6.arpa asks about (RFC 1035 section 3.5, RFC 3596 section 2.5).</summary>
    /// <param name="name">In lower case.</param>
    public static bool TryReadReverse(string name, out IpAddress address)
    {
        const string Ipv4Zone = ".in-addr.arpa";
        const string Ipv6Zone = ".ip6.arpa";
        address = default;
        if (name.EndsWith(Ipv4Zone, StringComparison.Ordinal))
        {
            string[] parts = name[..^Ipv4Zone.Length].Split('.');
            Array.Reverse(parts);
            return parts.Length == 4 && IpAddress.TryParse(string.Join('.', parts), out address) && address.IsIpv4;
        }

        // Thirty-two digits with a dot between any two.
        ReadOnlySpan<char> digits = name.EndsWith(Ipv6Zone, StringComparison.Ordinal) ? name.AsSpan(0, name.Length - Ipv6Zone.Length) : default;
        if (digits.Length != 63)
        {
            return false;
        }

        UInt128 value = 0;
        for (int i = digits.Length - 1; i >= 0; i -= 2)
        {
            if (!char.IsAsciiHexDigitLower(digits[i]) && !char.IsAsciiDigit(digits[i]) || (i > 0 && digits[i - 1] != '.'))
            {
                return false;
            }

            value = (value << 4) | (uint)Convert.ToInt32(digits[i].ToString(), 16);
        }

        address = IpAddress.FromValue(value);
        return address.IsIpv6;
    }
}

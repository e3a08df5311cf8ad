namespace Vicinal.Packets;

/// <summary>A domain name as DNS writes it (RFC 1035 section 3.1): labels behind their lengths, and a zero.</summary>
public static class DnsLabels
{
    private const int LongestLabel = 63;
    private const int LongestName = 255;

    /// <returns>The octets written, or 0 for what is no name or does not fit.</returns>
    public static int Write(ReadOnlySpan<char> name, Span<byte> target)
    {
        name = name.TrimEnd('.');
        int length = name.Length + 2;
        if (name.IsEmpty || length > Math.Min(LongestName, target.Length))
        {
            return 0;
        }

        int start = 0;
        for (int i = 0; i <= name.Length; i++)
        {
            if (i < name.Length && name[i] != '.')
            {
                if (name[i] is <= ' ' or > '~')
                {
                    return 0;
                }

                target[i + 1] = (byte)name[i];
                continue;
            }

            if (i == start || i - start > LongestLabel)
            {
                return 0;
            }

            target[start] = (byte)(i - start);
            start = i + 1;
        }

        target[length - 1] = 0;
        return length;
    }
}

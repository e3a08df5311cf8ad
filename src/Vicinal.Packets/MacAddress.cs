using System.Globalization;

namespace Vicinal.Packets;

/// <summary>An IEEE 802 48-bit MAC address; the first octet on the wire is the most significant.</summary>
public readonly record struct MacAddress : IComparable<MacAddress>, ISpanParsable<MacAddress>
{
    public const int Size = 6;

    private const ulong Mask = 0xFFFF_FFFF_FFFF;

    private readonly ulong _value;

    public MacAddress(ulong value) => _value = value & Mask;

    public static MacAddress Zero => default;

    public static MacAddress Broadcast => new(Mask);

    public ulong Value => _value;

    /// <summary>The I/G bit: set for multicast, broadcast included.</summary>
    public bool IsMulticast => (_value & 0x0100_0000_0000) != 0;

    public bool IsBroadcast => _value == Mask;

    public bool IsZero => _value == 0;

    /// <summary>Reads six octets; the caller has checked the length.</summary>
    public static MacAddress Read(ReadOnlySpan<byte> source) => new(
        ((ulong)source[0] << 40) | ((ulong)source[1] << 32) | ((ulong)source[2] << 24)
        | ((ulong)source[3] << 16) | ((ulong)source[4] << 8) | source[5]);

    public void Write(Span<byte> target)
    {
        target[5] = (byte)_value;
        target[4] = (byte)(_value >> 8);
        target[3] = (byte)(_value >> 16);
        target[2] = (byte)(_value >> 24);
        target[1] = (byte)(_value >> 32);
        target[0] = (byte)(_value >> 40);
    }

    /// <summary>The multicast MAC of an IPv6 group: 33:33 and its low 32 bits (RFC 2464 section 7).</summary>
    public static MacAddress ForIpv6Multicast(IpAddress group) => new(0x3333_0000_0000 | (group.Low & 0xFFFF_FFFF));

    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out MacAddress result)
    {
        result = default;
        if (s.Length != 17)
        {
            return false;
        }

        ulong value = 0;
        for (int i = 0; i < Size; i++)
        {
            if (i > 0 && s[(i * 3) - 1] is not (':' or '-'))
            {
                return false;
            }

            if (!byte.TryParse(s.Slice(i * 3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet))
            {
                return false;
            }

            value = (value << 8) | octet;
        }

        result = new MacAddress(value);
        return true;
    }

    public static bool TryParse(string? s, IFormatProvider? provider, out MacAddress result) =>
        TryParse(s.AsSpan(), provider, out result);

    public static bool TryParse(string? s, out MacAddress result) => TryParse(s.AsSpan(), null, out result);

    public static MacAddress Parse(ReadOnlySpan<char> s, IFormatProvider? provider) =>
        TryParse(s, provider, out MacAddress result) ? result : throw new FormatException($"'{s}' is not a MAC address.");

    public static MacAddress Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    public int CompareTo(MacAddress other) => _value.CompareTo(other._value);

    public static bool operator <(MacAddress a, MacAddress b) => a._value < b._value;

    public static bool operator >(MacAddress a, MacAddress b) => a._value > b._value;

    public static bool operator <=(MacAddress a, MacAddress b) => a._value <= b._value;

    public static bool operator >=(MacAddress a, MacAddress b) => a._value >= b._value;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{(byte)(_value >> 40):x2}:{(byte)(_value >> 32):x2}:{(byte)(_value >> 24):x2}:{(byte)(_value >> 16):x2}:{(byte)(_value >> 8):x2}:{(byte)_value:x2}");
}

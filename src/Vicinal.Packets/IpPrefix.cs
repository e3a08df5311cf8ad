using System.Globalization;

namespace Vicinal.Packets;

/// <summary>A CIDR block; the bits beyond the length are zero by construction. The length is 0-32 for IPv4, 0-128 for IPv6.</summary>
public readonly record struct IpPrefix : IComparable<IpPrefix>, ISpanParsable<IpPrefix>
{
    public IpPrefix(IpAddress address, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, address.Bits);
        Length = length;
        Address = IpAddress.FromValue(address.Value & Mask(address.Bits - length));
    }

    public IpAddress Address { get; }

    public int Length { get; }

    public bool IsIpv4 => Address.IsIpv4;

    public IpAddress First => Address;

    public IpAddress Last => IpAddress.FromValue(Address.Value | ~Mask(Address.Bits - Length));

    /// <summary>255.255.255.0 and the like; IPv4 only.</summary>
    public IpAddress Netmask => IpAddress.FromIpv4(Length == 0 ? 0 : uint.MaxValue << (32 - Length));

    public static IpPrefix Host(IpAddress address) => new(address, address.Bits);

    public bool Contains(IpAddress address) =>
        address.IsIpv4 == IsIpv4 && (address.Value & Mask(Address.Bits - Length)) == Address.Value;

    public bool Contains(IpPrefix other) => other.Length >= Length && Contains(other.Address);

    public bool Overlaps(IpPrefix other) => Contains(other) || other.Contains(this);

    /// <summary>Parses "address/length"; a bare address is its host prefix. Host bits are dropped.</summary>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out IpPrefix result)
    {
        result = default;
        int slash = s.IndexOf('/');
        if (!IpAddress.TryParse(slash < 0 ? s : s[..slash], provider, out IpAddress address))
        {
            return false;
        }

        int length = address.Bits;
        if (slash >= 0 && (!int.TryParse(s[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out length)
            || length > address.Bits))
        {
            return false;
        }

        result = new IpPrefix(address, length);
        return true;
    }

    public static bool TryParse(string? s, IFormatProvider? provider, out IpPrefix result) => TryParse(s.AsSpan(), provider, out result);

    public static bool TryParse(string? s, out IpPrefix result) => TryParse(s.AsSpan(), null, out result);

    public static IpPrefix Parse(ReadOnlySpan<char> s, IFormatProvider? provider) =>
        TryParse(s, provider, out IpPrefix result) ? result : throw new FormatException($"'{s}' is not a CIDR.");

    public static IpPrefix Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    public int CompareTo(IpPrefix other)
    {
        int byAddress = Address.CompareTo(other.Address);
        return byAddress != 0 ? byAddress : Length.CompareTo(other.Length);
    }

    public static bool operator <(IpPrefix a, IpPrefix b) => a.CompareTo(b) < 0;

    public static bool operator >(IpPrefix a, IpPrefix b) => a.CompareTo(b) > 0;

    public static bool operator <=(IpPrefix a, IpPrefix b) => a.CompareTo(b) <= 0;

    public static bool operator >=(IpPrefix a, IpPrefix b) => a.CompareTo(b) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{Length}");

    /// <summary>All ones but for the low <paramref name="hostBits"/> bits; the v4-mapped prefix above an IPv4 address stays.</summary>
    private static UInt128 Mask(int hostBits) => hostBits == 128 ? 0 : UInt128.MaxValue << hostBits;
}

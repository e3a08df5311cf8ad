using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Vicinal.Packets;

/// <summary>
/// An IPv4 or IPv6 address in sixteen bytes. IPv4 is held as ::ffff:a.b.c.d, so one blittable type serves tables, flow keys
/// and kernel maps; the parser of IPv6 headers drops v4-mapped addresses from the wire, which keeps the two families apart.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 16)]
public readonly record struct IpAddress : IComparable<IpAddress>, ISpanParsable<IpAddress>
{
    private const ulong MappedPrefix = 0xFFFF_0000_0000;

    public IpAddress(ulong high, ulong low)
    {
        High = high;
        Low = low;
    }

    /// <summary>The first eight octets, as a host-order number.</summary>
    public ulong High { get; }

    /// <summary>The last eight octets, as a host-order number.</summary>
    public ulong Low { get; }

    public bool IsIpv4 => High == 0 && Low >> 32 == 0xFFFF;

    public bool IsIpv6 => !IsIpv4;

    /// <summary>The IPv4 address as a host-order number; meaningful only when <see cref="IsIpv4"/>.</summary>
    public uint Ipv4Value => (uint)Low;

    /// <summary>0.0.0.0 or ::.</summary>
    public bool IsUnspecified => High == 0 && Low is 0 or MappedPrefix;

    public bool IsMulticast => IsIpv4 ? (uint)Low >> 28 == 0xE : High >> 56 == 0xFF;

    /// <summary>255.255.255.255.</summary>
    public bool IsLimitedBroadcast => High == 0 && Low == 0xFFFF_FFFF_FFFF;

    public bool IsLoopback => IsIpv4 ? (uint)Low >> 24 == 127 : High == 0 && Low == 1;

    /// <summary>169.254.0.0/16 or fe80::/10.</summary>
    public bool IsLinkLocal => IsIpv4 ? (uint)Low >> 16 == 0xA9FE : High >> 54 == 0x3FA;

    /// <summary>32 or 128.</summary>
    public int Bits => IsIpv4 ? 32 : 128;

    public UInt128 Value => new(High, Low);

    public static IpAddress Ipv4Any => FromIpv4(0);

    public static IpAddress Ipv6Any => default;

    public static IpAddress FromIpv4(uint value) => new(0, MappedPrefix | value);

    public static IpAddress FromValue(UInt128 value) => new((ulong)(value >> 64), (ulong)value);

    /// <summary>Reads four octets; the caller has checked the length.</summary>
    public static IpAddress ReadIpv4(ReadOnlySpan<byte> source) => FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(source));

    /// <summary>Reads sixteen octets; the caller has checked the length.</summary>
    public static IpAddress ReadIpv6(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));

    public void WriteIpv4(Span<byte> target) => BinaryPrimitives.WriteUInt32BigEndian(target, Ipv4Value);

    public void WriteIpv6(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, High);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], Low);
    }

    /// <summary>ff02::1:ffXX:XXXX, where a neighbour is solicited (RFC 4291 section 2.7.1).</summary>
    public IpAddress SolicitedNodeMulticast() => new(0xFF02_0000_0000_0000, 0x0000_0001_FF00_0000 | (Low & 0xFF_FFFF));

    /// <summary>The address that SLAAC forms in a /64 (RFC 4291 appendix A, modified EUI-64).</summary>
    public static IpAddress FromEui64(IpPrefix prefix, MacAddress mac)
    {
        ulong m = mac.Value ^ 0x0200_0000_0000;
        return new IpAddress(prefix.Address.High, ((m >> 24) << 40) | 0xFF_FE00_0000 | (m & 0xFF_FFFF));
    }

    /// <summary>fe80::/64 with the modified EUI-64 of the MAC.</summary>
    public static IpAddress LinkLocalFor(MacAddress mac) => FromEui64(new IpPrefix(new IpAddress(0xFE80_0000_0000_0000, 0), 64), mac);

    public static IpAddress From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out int written);
        return written == 4 ? ReadIpv4(bytes) : ReadIpv6(bytes);
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        if (IsIpv4)
        {
            WriteIpv4(bytes);
            return new IPAddress(bytes[..4]);
        }

        WriteIpv6(bytes);
        return new IPAddress(bytes);
    }

    /// <summary>Accepts canonical dotted IPv4 (four decimal parts, no leading zeros) and any textual IPv6 without a zone.</summary>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out IpAddress result)
    {
        result = default;
        bool v6 = s.Contains(':');
        if (s.IsEmpty || s.Contains('%') || s.Contains('[') || (!v6 && !IsCanonicalIpv4(s)))
        {
            return false;
        }

        if (!IPAddress.TryParse(s, out IPAddress? parsed)
            || parsed.AddressFamily != (v6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork))
        {
            return false;
        }

        result = From(parsed);

        // A v4-mapped IPv6 text would silently become IPv4 in this representation.
        return v6 != result.IsIpv4;
    }

    public static bool TryParse(string? s, IFormatProvider? provider, out IpAddress result) => TryParse(s.AsSpan(), provider, out result);

    public static bool TryParse(string? s, out IpAddress result) => TryParse(s.AsSpan(), null, out result);

    public static IpAddress Parse(ReadOnlySpan<char> s, IFormatProvider? provider) =>
        TryParse(s, provider, out IpAddress result) ? result : throw new FormatException($"'{s}' is not an IP address.");

    public static IpAddress Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    /// <summary>IPv4 before IPv6, then by value.</summary>
    public int CompareTo(IpAddress other) =>
        IsIpv4 != other.IsIpv4 ? (IsIpv4 ? -1 : 1) : Value.CompareTo(other.Value);

    public static bool operator <(IpAddress a, IpAddress b) => a.CompareTo(b) < 0;

    public static bool operator >(IpAddress a, IpAddress b) => a.CompareTo(b) > 0;

    public static bool operator <=(IpAddress a, IpAddress b) => a.CompareTo(b) <= 0;

    public static bool operator >=(IpAddress a, IpAddress b) => a.CompareTo(b) >= 0;

    public override string ToString() => ToIPAddress().ToString();

    private static bool IsCanonicalIpv4(ReadOnlySpan<char> s)
    {
        int parts = 1;
        int digits = 0;
        int value = 0;
        foreach (char c in s)
        {
            if (c == '.')
            {
                if (digits == 0)
                {
                    return false;
                }

                parts++;
                digits = 0;
                value = 0;
                continue;
            }

            if (!char.IsAsciiDigit(c) || (digits > 0 && value == 0))
            {
                return false;
            }

            value = (value * 10) + (c - '0');
            digits++;
            if (value > 255)
            {
                return false;
            }
        }

        return parts == 4 && digits > 0;
    }
}

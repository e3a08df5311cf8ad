using System.Collections.Frozen;
using System.Globalization;

namespace Vicinal.Model.Rules;

/// <summary>The IP protocols that a security group rule may name, by Neutron's names for IANA's numbers.</summary>
public static class SecurityGroupProtocols
{
    public const byte Icmp = 1;
    public const byte Ipv6Icmp = 58;

    private const string Ipv6IcmpName = "ipv6-icmp";

    private static readonly FrozenDictionary<string, byte> Numbers = new Dictionary<string, byte>
    {
        ["ah"] = 51,
        ["dccp"] = 33,
        ["egp"] = 8,
        ["esp"] = 50,
        ["gre"] = 47,
        ["hopopt"] = 0,
        ["icmp"] = Icmp,
        ["icmpv6"] = Ipv6Icmp,
        ["igmp"] = 2,
        ["ip"] = 4,
        ["ipip"] = 4,
        ["ipv6-encap"] = 41,
        ["ipv6-frag"] = 44,
        [Ipv6IcmpName] = Ipv6Icmp,
        ["ipv6-nonxt"] = 59,
        ["ipv6-opts"] = 60,
        ["ipv6-route"] = 43,
        ["ospf"] = 89,
        ["pgm"] = 113,
        ["rsvp"] = 46,
        ["sctp"] = 132,
        ["tcp"] = 6,
        ["udp"] = 17,
        ["udplite"] = 136,
        ["vrrp"] = 112,
    }.ToFrozenDictionary();

    /// <summary>Extension headers and ICMPv6, which do not exist in IPv4.</summary>
    private static readonly FrozenSet<string> Ipv6Only = FrozenSet.ToFrozenSet(
    [
        "ipv6-encap", "ipv6-frag", Ipv6IcmpName, "icmpv6", "ipv6-nonxt", "ipv6-opts", "ipv6-route", "41", "44", "58", "59", "60", "43",
    ]);

    /// <summary>The list as Neutron's message prints it.</summary>
    internal static string SupportedText { get; } =
        $"[None, {string.Join(", ", Numbers.Keys.Order(StringComparer.Ordinal).Select(static name => $"'{name}'"))}]";

    /// <summary>Lower-case name or decimal number as text; null for all protocols (null or "any").</summary>
    public static string? Canonical(string? protocol)
    {
        if (protocol is null or "any")
        {
            return null;
        }

        if (int.TryParse(protocol, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            return number is >= 0 and <= 255
                ? number.ToString(CultureInfo.InvariantCulture)
                : throw SecurityGroupFaults.InvalidProtocol(protocol);
        }

        string name = protocol.ToLowerInvariant();
        return Numbers.ContainsKey(name) ? name : throw SecurityGroupFaults.InvalidProtocol(protocol);
    }

    /// <summary>What a canonical protocol means; for IPv6, the names and the number of ICMP mean ICMPv6.</summary>
    internal static string? ForEtherType(string? canonical, string etherType) => (etherType, canonical) switch
    {
        ("IPv6", "icmp" or "icmpv6") => Ipv6IcmpName,
        ("IPv6", "1") => "58",
        _ => canonical,
    };

    internal static byte Number(string canonical) =>
        Numbers.TryGetValue(canonical, out byte number) ? number : byte.Parse(canonical, CultureInfo.InvariantCulture);

    internal static bool IsIpv6Only(string canonical) => Ipv6Only.Contains(canonical);

    /// <summary>dccp, sctp, tcp, udp and udplite.</summary>
    public static bool HasPorts(byte number) => number is 33 or 132 or 6 or 17 or 136;
}

using System.Diagnostics.CodeAnalysis;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>
/// The destination ports (for ICMP type and code as one number) that some rules allow, as disjoint sorted ranges, each with one
/// of the rules that made it: a lookup is one binary search however many rules overlap.
/// </summary>
internal sealed class PortRanges
{
    private readonly ushort[] _first;
    private readonly ushort[] _last;
    private readonly FilterRuleRow[] _rules;

    public PortRanges(IEnumerable<FilterRuleRow> rules)
    {
        List<ushort> first = [];
        List<ushort> last = [];
        List<FilterRuleRow> kept = [];
        foreach ((int min, int max, FilterRuleRow rule) in rules.Select(RangeOf).OrderBy(r => r.Min).ThenByDescending(r => r.Max))
        {
            int start = last.Count == 0 ? min : Math.Max(min, last[^1] + 1);
            if (start <= max)
            {
                first.Add((ushort)start);
                last.Add((ushort)max);
                kept.Add(rule);
            }
        }

        (_first, _last, _rules) = ([.. first], [.. last], [.. kept]);
    }

    public bool TryMatch(ushort key, [NotNullWhen(true)] out FilterRuleRow? rule)
    {
        int i = Array.BinarySearch(_first, key);
        i = i < 0 ? ~i - 1 : i;
        rule = i >= 0 && key <= _last[i] ? _rules[i] : null;
        return rule is not null;
    }

    /// <summary>What a packet shows to the ranges: its destination port, or ICMP type and code, or 0.</summary>
    public static ushort KeyOf(in PacketHeaders headers) =>
        headers.IsIcmp ? (ushort)((headers.IcmpType << 8) | headers.IcmpCode) : headers.DestinationPort;

    private static (int Min, int Max, FilterRuleRow Rule) RangeOf(FilterRuleRow rule)
    {
        if (rule.Protocol is not (IpProtocol.Icmp or IpProtocol.Icmpv6))
        {
            return (rule.RangeMin ?? 0, rule.RangeMax ?? ushort.MaxValue, rule);
        }

        // RangeMin is the ICMP type and RangeMax the code; a code without a type does not exist.
        int type = rule.RangeMin ?? 0;
        if (rule.RangeMin is null || type > byte.MaxValue || rule.RangeMax > byte.MaxValue)
        {
            return rule.RangeMin is null ? (0, ushort.MaxValue, rule) : (1, 0, rule);
        }

        return ((type << 8) | (rule.RangeMax ?? 0), (type << 8) | (rule.RangeMax ?? byte.MaxValue), rule);
    }
}

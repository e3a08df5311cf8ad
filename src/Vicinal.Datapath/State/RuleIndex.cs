using System.Diagnostics.CodeAnalysis;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>
/// The rules of one group for one direction and family. A lookup costs a few hash probes and binary searches: it grows with the
/// number of prefix lengths and remote groups in use, not with the number of rules.
/// </summary>
internal sealed class RuleIndex
{
    private readonly Dictionary<byte, RemoteIndex> _byProtocol = [];
    private readonly RemoteIndex? _anyProtocol;

    public RuleIndex(IEnumerable<FilterRuleRow> rules, Func<Guid, AddressSet> setOf)
    {
        foreach (IGrouping<int, FilterRuleRow> group in rules.GroupBy(ProtocolOf))
        {
            RemoteIndex index = new([.. group], setOf);
            if (group.Key < 0)
            {
                _anyProtocol = index;
            }
            else
            {
                _byProtocol[(byte)group.Key] = index;
            }
        }
    }

    public bool TryMatch(byte protocol, ushort key, IpAddress remote, [NotNullWhen(true)] out FilterRuleRow? rule)
    {
        rule = null;
        return (_anyProtocol is not null && _anyProtocol.TryMatch(0, remote, out rule))
            || (_byProtocol.TryGetValue(protocol, out RemoteIndex? index) && index.TryMatch(key, remote, out rule));
    }

    /// <summary>-1 for any. ICMP in an IPv6 rule means ICMPv6, as in Neutron.</summary>
    private static int ProtocolOf(FilterRuleRow rule) => rule switch
    {
        { Protocol: null } => -1,
        { Protocol: IpProtocol.Icmp, Ipv6: true } => IpProtocol.Icmpv6,
        _ => rule.Protocol.Value,
    };

    private sealed class RemoteIndex
    {
        private readonly PortRanges? _anywhere;
        private readonly PrefixTable<PortRanges> _byPrefix = new();
        private readonly List<(AddressSet Set, PortRanges Ranges)> _byGroup = [];

        public RemoteIndex(FilterRuleRow[] rules, Func<Guid, AddressSet> setOf)
        {
            FilterRuleRow[] anywhere = [.. rules.Where(r => r.RemotePrefix is null && r.RemoteGroup is null)];
            _anywhere = anywhere.Length == 0 ? null : new PortRanges(anywhere);
            foreach (IGrouping<IpPrefix, FilterRuleRow> group in
                rules.Where(r => r.RemotePrefix is not null && r.RemoteGroup is null).GroupBy(r => r.RemotePrefix!.Value))
            {
                _byPrefix.Set(group.Key, new PortRanges(group));
            }

            foreach (IGrouping<Guid, FilterRuleRow> group in rules.Where(r => r.RemoteGroup is not null).GroupBy(r => r.RemoteGroup!.Value))
            {
                _byGroup.Add((setOf(group.Key), new PortRanges(group)));
            }
        }

        public bool TryMatch(ushort key, IpAddress remote, [NotNullWhen(true)] out FilterRuleRow? rule)
        {
            if (_anywhere is not null && _anywhere.TryMatch(key, out rule))
            {
                return true;
            }

            foreach (PortRanges ranges in _byPrefix.FindAll(remote))
            {
                if (ranges.TryMatch(key, out rule))
                {
                    return true;
                }
            }

            foreach ((AddressSet set, PortRanges ranges) in _byGroup)
            {
                // The API refuses a rule with both a prefix and a group; should one arrive, it wants both.
                if (ranges.TryMatch(key, out rule) && set.Contains(remote) && rule.RemotePrefix?.Contains(remote) != false)
                {
                    return true;
                }
            }

            rule = null;
            return false;
        }
    }
}

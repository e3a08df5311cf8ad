using System.Diagnostics.CodeAnalysis;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>A security group: its rules as they came, and compiled for lookup. Without rules, or before they came, it allows nothing.</summary>
internal sealed class FilterGroup(Guid id)
{
    private readonly Dictionary<Guid, FilterRuleRow> _rules = [];
    private readonly RuleIndex?[] _compiled = new RuleIndex?[4];

    public Guid Id { get; } = id;

    /// <summary>The remote groups' sets that the compiled rules refer to.</summary>
    public HashSet<AddressSet> Sets { get; } = [];

    public FilterGroupRow? Row { get; set; }

    /// <summary>A group whose head has not come yet tracks connections: it could only be wrong by allowing more.</summary>
    public bool Stateful => Row?.Stateful ?? true;

    /// <summary>The local ports that are filtered by this group.</summary>
    public HashSet<LocalPort> Ports { get; } = [];

    public bool IsEmpty => Row is null && _rules.Count == 0 && Ports.Count == 0;

    /// <summary>Returns true when what the rule allowed before may be allowed no longer.</summary>
    public bool Put(FilterRuleRow row)
    {
        bool revokes = _rules.TryGetValue(row.RuleId, out FilterRuleRow? old) && old != row;
        _rules[row.RuleId] = row;
        return revokes;
    }

    public bool Remove(Guid ruleId) => _rules.Remove(ruleId);

    /// <summary>Rebuilds the index of one direction and family.</summary>
    public void Compile(Func<Guid, AddressSet> setOf)
    {
        foreach (AddressSet set in Sets)
        {
            set.Users.Remove(this);
        }

        Sets.Clear();
        for (int i = 0; i < _compiled.Length; i++)
        {
            FilterRuleRow[] rules = [.. _rules.Values.Where(r => IndexOf(r.Direction, r.Ipv6) == i).OrderBy(r => r.RuleId)];
            _compiled[i] = rules.Length == 0 ? null : new RuleIndex(rules, Refer);
        }

        AddressSet Refer(Guid group)
        {
            AddressSet set = setOf(group);
            set.Users.Add(this);
            Sets.Add(set);
            return set;
        }
    }

    public bool TryMatch(
        FilterDirection direction, bool ipv6, byte protocol, ushort key, IpAddress remote, [NotNullWhen(true)] out FilterRuleRow? rule)
    {
        rule = null;
        return _compiled[IndexOf(direction, ipv6)] is { } index && index.TryMatch(protocol, key, remote, out rule);
    }

    private static int IndexOf(FilterDirection direction, bool ipv6) => (direction == FilterDirection.Egress ? 2 : 0) + (ipv6 ? 1 : 0);
}

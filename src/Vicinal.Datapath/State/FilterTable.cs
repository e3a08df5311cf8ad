using Vicinal.Datapath.Flows;
using Vicinal.Forwarding;

namespace Vicinal.Datapath.State;

/// <summary>Security groups and address sets. Changes are compiled once, by <see cref="Settle"/>, when a batch has been applied.</summary>
internal sealed class FilterTable(Generations generations)
{
    private readonly Dictionary<Guid, FilterGroup> _groups = [];
    private readonly Dictionary<Guid, AddressSet> _sets = [];
    private readonly HashSet<FilterGroup> _dirty = [];

    /// <summary>Groups that may allow less than before.</summary>
    private readonly HashSet<FilterGroup> _revoking = [];

    public FilterGroup GroupOf(Guid id)
    {
        if (!_groups.TryGetValue(id, out FilterGroup? group))
        {
            group = new FilterGroup(id);
            _groups[id] = group;
        }

        return group;
    }

    public void Put(FilterGroupRow row)
    {
        FilterGroup group = GroupOf(row.GroupId);
        if (group.Stateful != row.Stateful)
        {
            _revoking.Add(group);
        }

        group.Row = row;
    }

    public void Put(FilterRuleRow row)
    {
        FilterGroup group = GroupOf(row.GroupId);
        _dirty.Add(group);
        if (group.Put(row))
        {
            _revoking.Add(group);
        }
    }

    public void Put(AddressSetMemberRow row)
    {
        AddressSet set = SetOf(row.GroupId);
        if (set.Put(row))
        {
            _revoking.UnionWith(set.Users);
        }
    }

    public void RemoveGroup(Guid groupId)
    {
        FilterGroup group = GroupOf(groupId);
        group.Row = null;
        _dirty.Add(group);
        _revoking.Add(group);
    }

    public void RemoveRule(Guid groupId, Guid ruleId)
    {
        FilterGroup group = GroupOf(groupId);
        _dirty.Add(group);
        if (group.Remove(ruleId))
        {
            _revoking.Add(group);
        }
    }

    public void RemoveMember(Guid groupId, Guid portId)
    {
        AddressSet set = SetOf(groupId);
        if (set.Remove(portId))
        {
            _revoking.UnionWith(set.Users);
        }

        Release(set);
    }

    public void Settle()
    {
        foreach (FilterGroup group in _dirty)
        {
            Compile(group);
        }

        foreach (FilterGroup group in _revoking)
        {
            foreach (LocalPort port in group.Ports)
            {
                generations.Bump(port.Slot);
            }
        }

        foreach (FilterGroup group in _dirty)
        {
            Release(group);
        }

        _dirty.Clear();
        _revoking.Clear();
    }

    public void Release(FilterGroup group)
    {
        if (group.IsEmpty && _groups.TryGetValue(group.Id, out FilterGroup? known) && known == group)
        {
            _groups.Remove(group.Id);
            Compile(group);
        }
    }

    private void Compile(FilterGroup group)
    {
        AddressSet[] before = [.. group.Sets];
        group.Compile(SetOf);
        foreach (AddressSet set in before)
        {
            Release(set);
        }
    }

    private AddressSet SetOf(Guid id)
    {
        if (!_sets.TryGetValue(id, out AddressSet? set))
        {
            set = new AddressSet(id);
            _sets[id] = set;
        }

        return set;
    }

    private void Release(AddressSet set)
    {
        if (set.IsEmpty && set.Users.Count == 0)
        {
            _sets.Remove(set.Id);
        }
    }
}

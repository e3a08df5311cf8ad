using System.Runtime.InteropServices;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.State;

/// <summary>The addresses of a security group's members: host addresses in a hash table, wider allowed address pairs by prefix.</summary>
internal sealed class AddressSet(Guid id)
{
    private readonly Dictionary<Guid, AddressSetMemberRow> _members = [];

    /// <summary>Prefix to the number of members that contribute it: an address may be shared.</summary>
    private readonly Dictionary<IpPrefix, int> _uses = [];

    private readonly PrefixTable<bool> _prefixes = new();

    public Guid Id { get; } = id;

    /// <summary>The groups whose rules name this set as the remote side.</summary>
    public HashSet<FilterGroup> Users { get; } = [];

    public bool IsEmpty => _members.Count == 0;

    public bool Contains(IpAddress address) => _prefixes.TryFind(address, out _);

    /// <summary>Returns true when an address left the set, which may revoke what was allowed.</summary>
    public bool Put(AddressSetMemberRow row)
    {
        _members.TryGetValue(row.PortId, out AddressSetMemberRow? old);
        _members[row.PortId] = row;
        foreach (IpPrefix prefix in row.Prefixes)
        {
            Use(prefix);
        }

        return old is not null && Withdraw(old);
    }

    public bool Remove(Guid portId) => _members.Remove(portId, out AddressSetMemberRow? old) && Withdraw(old);

    private void Use(IpPrefix prefix)
    {
        // A port that may use any address would open every filter that names its group; its real addresses are members too.
        if (prefix.Length == 0)
        {
            return;
        }

        ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_uses, prefix, out _);
        if (count++ == 0)
        {
            _prefixes.Set(prefix, true);
        }
    }

    private bool Withdraw(AddressSetMemberRow row)
    {
        bool left = false;
        foreach (IpPrefix prefix in row.Prefixes)
        {
            if (_uses.TryGetValue(prefix, out int count) && count > 1)
            {
                _uses[prefix] = count - 1;
            }
            else if (_uses.Remove(prefix))
            {
                _prefixes.Remove(prefix);
                left = true;
            }
        }

        return left;
    }
}

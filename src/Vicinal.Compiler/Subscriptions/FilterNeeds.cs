using Vicinal.Forwarding;

namespace Vicinal.Compiler.Subscriptions;

/// <summary>A host needs the filters of its ports' security groups, and the address sets that rules of these filters refer to.</summary>
internal sealed class FilterNeeds(SubscriptionReferences references)
{
    /// <summary>Security group to the hosts with ports in it, by ports.</summary>
    private readonly Dictionary<Guid, Counts<string>> _hosts = [];

    /// <summary>Security group to the groups that its rules refer to, by rules.</summary>
    private readonly Dictionary<Guid, Counts<Guid>> _remotes = [];

    /// <summary>A port with the group comes to (+1) or leaves (-1) the host.</summary>
    public void CountPort(Guid group, string host, int by)
    {
        if (!Count(_hosts, group, host, by))
        {
            return;
        }

        references.Add(host, UnitId.Filter(group), by);
        if (_remotes.TryGetValue(group, out Counts<Guid>? remotes))
        {
            foreach (Guid remote in remotes.Items)
            {
                references.Add(host, UnitId.AddressSet(remote), by);
            }
        }
    }

    /// <summary>A rule of the group begins (+1) or ceases (-1) to refer to a remote group.</summary>
    public void CountRule(Guid group, Guid remote, int by)
    {
        if (Count(_remotes, group, remote, by) && _hosts.TryGetValue(group, out Counts<string>? hosts))
        {
            foreach (string host in hosts.Items)
            {
                references.Add(host, UnitId.AddressSet(remote), by);
            }
        }
    }

    private static bool Count<T>(Dictionary<Guid, Counts<T>> table, Guid group, T item, int by)
        where T : notnull
    {
        if (!table.TryGetValue(group, out Counts<T>? counts))
        {
            table.Add(group, counts = new Counts<T>());
        }

        bool cameOrWent = counts.Add(item, by);
        if (counts.Distinct == 0)
        {
            table.Remove(group);
        }

        return cameOrWent;
    }
}

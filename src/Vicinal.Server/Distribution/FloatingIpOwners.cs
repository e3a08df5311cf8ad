using Vicinal.Forwarding;

namespace Vicinal.Server.Distribution;

/// <summary>
/// Which floating IPs wait for their owner node to put them to work: one becomes ACTIVE when the node has the revision in
/// force that made it owner. Not thread-safe; the distributor guards it.
/// </summary>
internal sealed class FloatingIpOwners
{
    private readonly Dictionary<string, Dictionary<Guid, (StaticNatRow Row, long Revision)>> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, string> _ownerOf = [];

    // The newest revision in force on each node that said so since this server's start.
    private readonly Dictionary<string, long> _applied = new(StringComparer.Ordinal);

    /// <param name="owner">The node that must have it in force; null for none.</param>
    /// <param name="revision">The one that the owner must have in force.</param>
    /// <returns>What is to be told now: served by its owner already (true), by nobody (false), or nothing yet (null).</returns>
    public bool? Changed(Guid floatingIp, StaticNatRow? row, string? owner, long revision)
    {
        Forget(floatingIp);
        if (row is null || owner is null)
        {
            return false;
        }

        if (_applied.GetValueOrDefault(owner, -1) >= revision)
        {
            return true;
        }

        _ownerOf[floatingIp] = owner;
        if (!_waiting.TryGetValue(owner, out Dictionary<Guid, (StaticNatRow, long)>? rows))
        {
            _waiting[owner] = rows = [];
        }

        rows[floatingIp] = (row, revision);
        return null;
    }

    /// <summary>It waits for nobody.</summary>
    public void Forget(Guid floatingIp)
    {
        if (_ownerOf.Remove(floatingIp, out string? before))
        {
            Remove(before, floatingIp);
        }
    }

    /// <summary>The rows that the host has put to work with this revision; each is told once.</summary>
    public IReadOnlyList<StaticNatRow> Applied(string host, long revision)
    {
        _applied[host] = Math.Max(revision, _applied.GetValueOrDefault(host, -1));
        if (!_waiting.TryGetValue(host, out Dictionary<Guid, (StaticNatRow Row, long Revision)>? rows))
        {
            return [];
        }

        List<StaticNatRow> served = [.. rows.Values.Where(waiting => waiting.Revision <= revision).Select(waiting => waiting.Row)];
        foreach (StaticNatRow row in served)
        {
            _ownerOf.Remove(row.FloatingIpId);
            Remove(host, row.FloatingIpId);
        }

        return served;
    }

    private void Remove(string host, Guid floatingIp)
    {
        if (_waiting.TryGetValue(host, out Dictionary<Guid, (StaticNatRow, long)>? rows) && rows.Remove(floatingIp) && rows.Count == 0)
        {
            _waiting.Remove(host);
        }
    }
}

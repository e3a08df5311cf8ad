using Google.Protobuf;
using Vicinal.Forwarding;
using Vicinal.Protocol.Rows;
using Vicinal.Protocol.Units;

namespace Vicinal.Protocol.Mirror;

/// <summary>A row of a unit before and after a change; either may be null.</summary>
internal readonly record struct MirrorChange(UnitId Unit, RowKey Key, Row? Before, Row? After);

/// <summary>One unit as the agent holds it. What it changes it adds to the list of changes.</summary>
internal sealed class MirrorUnit(UnitId id)
{
    private readonly Dictionary<RowKey, Held> _rows = [];

    public long Revision { get; private set; }

    public UnitDigest Digest { get; private set; }

    public int Count => _rows.Count;

    /// <summary>Takes a whole state: what is not in it goes.</summary>
    public void Replace(long revision, IEnumerable<ByteString> rows, List<MirrorChange> changes, List<RowProblem> problems)
    {
        HashSet<RowKey> stale = [.. _rows.Keys];
        foreach (ByteString bytes in rows)
        {
            if (Put(bytes, changes, problems) is { } key)
            {
                stale.Remove(key);
            }
        }

        foreach (RowKey key in stale)
        {
            Remove(key, changes);
        }

        Revision = revision;
    }

    /// <returns>
    /// False when a row could not be read: an older one of the same key may still be here, and only a whole state tells.
    /// </returns>
    public bool Change(
        long revision, IEnumerable<RowKey> removals, IEnumerable<ByteString> puts, List<MirrorChange> changes, List<RowProblem> problems)
    {
        foreach (RowKey key in removals)
        {
            Remove(key, changes);
        }

        bool all = true;
        foreach (ByteString bytes in puts)
        {
            all &= Put(bytes, changes, problems) is not null;
        }

        Revision = revision;
        return all;
    }

    /// <summary>What is held follows on nothing that a server has: no revision of any epoch is this one.</summary>
    public void Lose() => Revision = -1;

    public void Clear(List<MirrorChange> changes)
    {
        foreach (RowKey key in _rows.Keys.ToList())
        {
            Remove(key, changes);
        }
    }

    /// <summary>The row did not come into force: from here on it counts as not held, so that it is put again when it comes again.</summary>
    public void Refuse(RowKey key) => Remove(key, changes: null);

    private RowKey? Put(ByteString bytes, List<MirrorChange> changes, List<RowProblem> problems)
    {
        Row row;
        try
        {
            row = RowCodec.Decode(bytes);
        }
        catch (WireFault fault)
        {
            problems.Add(new RowProblem(id, default, fault.Message));
            return null;
        }

        if (row.Unit != id)
        {
            problems.Add(new RowProblem(id, row.Key, $"a row of {row.Unit}"));
            return null;
        }

        UnitDigest digest = UnitDigest.Of(bytes);
        if (_rows.TryGetValue(row.Key, out Held before))
        {
            if (before.Digest == digest)
            {
                return row.Key;
            }

            Digest -= before.Digest;
        }

        _rows[row.Key] = new Held(row, digest);
        Digest += digest;
        if (!row.Equals(before.Row))
        {
            changes.Add(new MirrorChange(id, row.Key, before.Row, row));
        }

        return row.Key;
    }

    private void Remove(RowKey key, List<MirrorChange>? changes)
    {
        if (_rows.Remove(key, out Held before))
        {
            Digest -= before.Digest;
            changes?.Add(new MirrorChange(id, key, before.Row, null));
        }
    }

    private readonly record struct Held(Row Row, UnitDigest Digest);
}

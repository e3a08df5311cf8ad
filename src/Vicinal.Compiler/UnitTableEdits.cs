using System.Collections.Immutable;
using Vicinal.Forwarding;

namespace Vicinal.Compiler;

/// <summary>Changes the tables of the units that one compilation touches; all others stay the same objects.</summary>
internal sealed class UnitTableEdits(ImmutableDictionary<UnitId, UnitTable> units)
{
    private readonly Dictionary<UnitId, ImmutableDictionary<RowKey, Row>.Builder> _edits = [];

    public void Apply(in RowChange change)
    {
        if (!_edits.TryGetValue(change.Unit, out ImmutableDictionary<RowKey, Row>.Builder? rows))
        {
            rows = (units.GetValueOrDefault(change.Unit) ?? UnitTable.None(change.Unit)).Edit();
            _edits.Add(change.Unit, rows);
        }

        if (change.Row is null)
        {
            rows.Remove(change.Key);
        }
        else
        {
            rows[change.Key] = change.Row;
        }
    }

    public ImmutableDictionary<UnitId, UnitTable> Commit(long revision)
    {
        ImmutableDictionary<UnitId, UnitTable>.Builder next = units.ToBuilder();
        foreach ((UnitId unit, ImmutableDictionary<RowKey, Row>.Builder rows) in _edits)
        {
            if (rows.Count == 0)
            {
                next.Remove(unit);
            }
            else
            {
                next[unit] = new UnitTable(unit, revision, rows.ToImmutable());
            }
        }

        return next.ToImmutable();
    }
}

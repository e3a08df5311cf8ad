using System.Collections.Immutable;
using Vicinal.Forwarding;

namespace Vicinal.Compiler;

/// <summary>The rows of one unit at one revision: immutable, so any thread may send it while the next one is made.</summary>
public sealed class UnitTable
{
    private readonly ImmutableDictionary<RowKey, Row> _rows;

    internal UnitTable(UnitId id, long revision, ImmutableDictionary<RowKey, Row> rows)
    {
        Id = id;
        Revision = revision;
        _rows = rows;
    }

    public UnitId Id { get; }

    /// <summary>The topology revision of the unit's last change; 0 for a unit without rows.</summary>
    public long Revision { get; }

    public int Count => _rows.Count;

    public IEnumerable<Row> Rows => _rows.Values;

    public Row? Find(RowKey key) => _rows.GetValueOrDefault(key);

    internal static UnitTable None(UnitId id) => new(id, 0, ImmutableDictionary<RowKey, Row>.Empty);

    internal ImmutableDictionary<RowKey, Row>.Builder Edit() => _rows.ToBuilder();
}

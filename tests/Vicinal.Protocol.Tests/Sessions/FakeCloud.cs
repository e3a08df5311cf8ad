using System.Collections.Immutable;
using Vicinal.Forwarding;
using Vicinal.Protocol.Sessions;
using Vicinal.Protocol.Units;

namespace Vicinal.Protocol.Tests.Sessions;

/// <summary>A server's compiled state that a test edits: units with rows, who wants them, and a short history of deltas.</summary>
internal sealed class FakeCloud(int historyLength = 3)
{
    private readonly Dictionary<UnitId, List<(long From, long To, EncodedUnit Frames)>> _histories = [];

    public Guid Epoch { get; private set; } = Guid.NewGuid();

    public Snapshot Current { get; private set; } = new(null!, 0, ImmutableDictionary<UnitId, FakeUnit>.Empty, ImmutableHashSet<UnitId>.Empty);

    public int StatesEncoded { get; private set; }

    public void Subscribe(UnitId unit) => Current = Next() with { Wanted = Current.Wanted.Add(unit) };

    public void Unsubscribe(UnitId unit) => Current = Next() with { Wanted = Current.Wanted.Remove(unit) };

    public void Change(UnitId unit, params RowChange[] changes)
    {
        FakeUnit before = Current.Unit(unit);
        ImmutableDictionary<RowKey, Row> rows = before.Rows;
        foreach (RowChange change in changes)
        {
            rows = change.Row is null ? rows.Remove(change.Key) : rows.SetItem(change.Key, change.Row);
        }

        Snapshot next = Next();
        FakeUnit after = rows.IsEmpty ? FakeUnit.None : new FakeUnit(next.Revision, rows);
        Current = next with { Units = rows.IsEmpty ? next.Units.Remove(unit) : next.Units.SetItem(unit, after) };
        if (!_histories.TryGetValue(unit, out List<(long, long, EncodedUnit)>? history))
        {
            _histories[unit] = history = [];
        }

        history.Add((before.Revision, after.Revision, UnitEncoder.Delta(unit, before.Revision, after.Revision, changes)!));
        if (history.Count > historyLength)
        {
            history.RemoveAt(0);
        }
    }

    /// <summary>A new process: the same rows, numbered anew, without history.</summary>
    public void Restart()
    {
        Epoch = Guid.NewGuid();
        _histories.Clear();
        Current = Current with { Units = Current.Units.ToImmutableDictionary(u => u.Key, u => u.Value with { Revision = Current.Revision }) };
    }

    private Snapshot Next() => Current with { Cloud = this, Revision = Current.Revision + 1 };

    internal sealed record FakeUnit(long Revision, ImmutableDictionary<RowKey, Row> Rows)
    {
        public static FakeUnit None { get; } = new(0, ImmutableDictionary<RowKey, Row>.Empty);
    }

    internal sealed record Snapshot(FakeCloud Cloud, long Revision, ImmutableDictionary<UnitId, FakeUnit> Units, ImmutableHashSet<UnitId> Wanted) : IUnitSource
    {
        public FakeUnit Unit(UnitId unit) => Units.GetValueOrDefault(unit, FakeUnit.None);

        public IReadOnlySet<UnitId> UnitsOf(string host) => Wanted;

        public long RevisionOf(UnitId unit) => Unit(unit).Revision;

        public EncodedUnit State(UnitId unit)
        {
            Cloud.StatesEncoded++;
            return UnitEncoder.State(unit, RevisionOf(unit), Unit(unit).Rows.Values);
        }

        public IReadOnlyList<ReadOnlyMemory<byte>>? Deltas(UnitId unit, long from)
        {
            long to = RevisionOf(unit);
            List<(long From, long To, EncodedUnit Frames)> history = Cloud._histories.GetValueOrDefault(unit, []);
            int first = history.FindLastIndex(d => d.From == from);
            int last = history.FindLastIndex(d => d.To == to);
            return first < 0 || last < first ? null : [.. history[first..(last + 1)].SelectMany(d => d.Frames.Frames)];
        }
    }
}

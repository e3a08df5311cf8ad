using Vicinal.Forwarding;
using Vicinal.Model;

namespace Vicinal.Compiler.Calculators;

/// <summary>A row that came out different; at least one of the two is there. They may belong to different units.</summary>
internal readonly record struct RowDelta(Row? Before, Row? After);

/// <summary>What one calculator has put out so far, and the keys that wait to be recomputed.</summary>
internal abstract class OutputTable
{
    public abstract RowKind Kind { get; }

    public abstract void Mark(in ResourceChange change, Topology before, Topology after);

    /// <summary>Recomputes exactly the marked keys, adds the real differences, and returns how many keys there were.</summary>
    public abstract int Recompute(Topology topology, ICollection<RowDelta> deltas);
}

internal sealed class OutputTable<TKey>(Calculator<TKey> calculator) : OutputTable
    where TKey : notnull
{
    private readonly Dictionary<TKey, Row> _rows = [];
    private readonly HashSet<TKey> _marked = [];

    public override RowKind Kind => calculator.Kind;

    public override void Mark(in ResourceChange change, Topology before, Topology after) =>
        calculator.AddReaders(change, before, after, _marked);

    public override int Recompute(Topology topology, ICollection<RowDelta> deltas)
    {
        int count = _marked.Count;
        foreach (TKey key in _marked)
        {
            Row? before = _rows.GetValueOrDefault(key);
            Row? after = calculator.Compute(key, topology);
            if (Equals(before, after))
            {
                continue;
            }

            if (after is null)
            {
                _rows.Remove(key);
            }
            else
            {
                _rows[key] = after;
            }

            deltas.Add(new RowDelta(before, after));
        }

        Forget();
        return count;
    }

    /// <summary>Clearing a set costs its capacity, so one that a large change has blown up is let go of.</summary>
    private void Forget()
    {
        _marked.Clear();
        if (_marked.Capacity > 1024)
        {
            _marked.TrimExcess();
        }
    }
}

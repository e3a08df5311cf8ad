using System.Collections.Immutable;

namespace Vicinal.Model.Indexes;

/// <summary>
/// A persistent set of numbers, kept as runs without gaps, so that the next number that is not in it is found in the time of a
/// tree's depth, however many are taken in a row.
/// </summary>
internal sealed class NumberRuns
{
    /// <summary>Disjoint, and never adjacent: adjacent runs are one.</summary>
    private readonly ImmutableSortedSet<Run> _runs;

    private NumberRuns(ImmutableSortedSet<Run> runs) => _runs = runs;

    public static NumberRuns Empty { get; } = new([]);

    public UInt128? Highest => _runs.IsEmpty ? null : _runs.Max.Last;

    /// <summary>The lowest number from <paramref name="from"/> to <paramref name="to"/>, both included, that is not in the set.</summary>
    public UInt128? FirstFree(UInt128 from, UInt128 to)
    {
        if (from > to)
        {
            return null;
        }

        UInt128 candidate = from;
        if (RunAtOrBelow(from) is { } run && run.Last >= from)
        {
            if (run.Last >= to)
            {
                return null;
            }

            candidate = run.Last + 1;
        }

        return candidate;
    }

    public bool Contains(UInt128 number) => RunAtOrBelow(number) is { } run && run.Last >= number;

    public NumberRuns Add(UInt128 number)
    {
        if (Contains(number))
        {
            return this;
        }

        ImmutableSortedSet<Run> runs = _runs;
        Run grown = new(number, number);
        if (number > UInt128.MinValue && RunAtOrBelow(number - 1) is { } below && below.Last == number - 1)
        {
            runs = runs.Remove(below);
            grown = grown with { First = below.First };
        }

        if (number < UInt128.MaxValue && RunAtOrBelow(number + 1) is { } above && above.First == number + 1)
        {
            runs = runs.Remove(above);
            grown = grown with { Last = above.Last };
        }

        return new(runs.Add(grown));
    }

    public NumberRuns Remove(UInt128 number)
    {
        if (RunAtOrBelow(number) is not { } run || run.Last < number)
        {
            return this;
        }

        ImmutableSortedSet<Run> runs = _runs.Remove(run);
        if (run.First < number)
        {
            runs = runs.Add(new Run(run.First, number - 1));
        }

        return new(run.Last > number ? runs.Add(new Run(number + 1, run.Last)) : runs);
    }

    /// <summary>The run with the highest start that is not above the number.</summary>
    private Run? RunAtOrBelow(UInt128 number)
    {
        int index = _runs.IndexOf(new Run(number, number));
        if (index < 0)
        {
            // The complement of where it would stand; the run before that place starts below it.
            index = ~index - 1;
        }

        return index < 0 ? null : _runs[index];
    }

    /// <summary>Ordered by its first number alone, which identifies it among disjoint runs.</summary>
    private readonly record struct Run(UInt128 First, UInt128 Last) : IComparable<Run>
    {
        public int CompareTo(Run other) => First.CompareTo(other.First);
    }
}

using System.Runtime.CompilerServices;

namespace Vicinal.Datapath.Fragments;

[InlineArray(CoveredRanges.Max)]
internal struct RangeArray
{
    private (int Start, int End) _first;
}

internal enum Coverage : byte
{
    Added,

    /// <summary>All of it was there already, in one piece.</summary>
    Repeated,
    Overlaps,

    /// <summary>More holes than there is room to remember.</summary>
    Scattered,
}

/// <summary>Which bytes of a datagram have come: disjoint ranges in ascending order, adjacent ones joined.</summary>
internal struct CoveredRanges
{
    /// <summary>Fragments in order, or in reverse, never need more than two; sixteen allow for heavy reordering.</summary>
    public const int Max = 16;

    private RangeArray _ranges;
    private int _count;

    public readonly bool IsWhole(int length) => _count == 1 && _ranges[0] == (0, length);

    public readonly int End => _count == 0 ? 0 : _ranges[_count - 1].End;

    /// <summary>Only <see cref="Coverage.Added"/> changes anything.</summary>
    public Coverage Add(int start, int end)
    {
        int at = 0;
        while (at < _count && _ranges[at].End < start)
        {
            at++;
        }

        if (at < _count && _ranges[at].Start <= start && end <= _ranges[at].End)
        {
            return Coverage.Repeated;
        }

        // The range at 'at' may end exactly where this one starts; then the one after it is the next that could overlap.
        bool joinsLeft = at < _count && _ranges[at].End == start;
        int right = joinsLeft ? at + 1 : at;
        if (right < _count && _ranges[right].Start < end)
        {
            return Coverage.Overlaps;
        }

        bool joinsRight = right < _count && _ranges[right].Start == end;
        if (!joinsLeft && !joinsRight)
        {
            return Insert(at, start, end);
        }

        if (joinsLeft && joinsRight)
        {
            _ranges[at].End = _ranges[right].End;
            Delete(right);
        }
        else if (joinsLeft)
        {
            _ranges[at].End = end;
        }
        else
        {
            _ranges[right].Start = start;
        }

        return Coverage.Added;
    }

    private Coverage Insert(int at, int start, int end)
    {
        if (_count == Max)
        {
            return Coverage.Scattered;
        }

        for (int i = _count; i > at; i--)
        {
            _ranges[i] = _ranges[i - 1];
        }

        _ranges[at] = (start, end);
        _count++;
        return Coverage.Added;
    }

    private void Delete(int at)
    {
        _count--;
        for (int i = at; i < _count; i++)
        {
            _ranges[i] = _ranges[i + 1];
        }
    }
}

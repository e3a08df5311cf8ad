using System.Collections.Immutable;

namespace Vicinal.Model.Indexes;

/// <summary>
/// The segmentation ids of one space that are taken. The search for a free one goes on behind the last one that was drawn, so that an id
/// rests before it is used again and packets still under way meet nobody; ids that somebody names do not move it. Every operation
/// costs the logarithm of what is taken.
/// </summary>
public sealed class SegmentationSpace
{
    private readonly ImmutableDictionary<uint, Guid> _owners;

    /// <summary>The keys of <see cref="_owners"/> as runs.</summary>
    private readonly NumberRuns _runs;

    private SegmentationSpace(ImmutableDictionary<uint, Guid> owners, NumberRuns runs, uint last)
    {
        _owners = owners;
        _runs = runs;
        Last = last;
    }

    public static SegmentationSpace Empty { get; } = new(ImmutableDictionary<uint, Guid>.Empty, NumberRuns.Empty, 0);

    /// <summary>The id drawn last, 0 before the first: stored, so that ids rest across restarts too.</summary>
    public uint Last { get; }

    public SegmentationSpace WithLast(uint last) => new(_owners, _runs, last);

    public Guid? OwnerOf(uint id) => _owners.TryGetValue(id, out Guid owner) ? owner : null;

    /// <summary>A free id of the ranges: the next one behind the last that was drawn, and behind the highest the lowest.</summary>
    public uint? FindFree(IEnumerable<SegmentationRange> ranges)
    {
        UInt128? above = null;
        UInt128? lowest = null;
        foreach (SegmentationRange range in ranges)
        {
            above = Lower(above, _runs.FirstFree(Math.Max(range.First, (ulong)Last + 1), range.Last));
            lowest = Lower(lowest, _runs.FirstFree(range.First, range.Last));
        }

        return (uint?)(above ?? lowest);
    }

    public SegmentationSpace Add(uint id, Guid owner) => new(_owners.Add(id, owner), _runs.Add(id), Last);

    public SegmentationSpace Remove(uint id) => new(_owners.Remove(id), _runs.Remove(id), Last);

    private static UInt128? Lower(UInt128? a, UInt128? b) => a is null || b < a ? b : a;
}

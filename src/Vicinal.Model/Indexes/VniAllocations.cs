using System.Collections.Immutable;

namespace Vicinal.Model.Indexes;

/// <summary>
/// Tunnel keys (24 bits, RFC 8926 section 3.4) of networks and of routers' transit. The search for a free one goes on behind the
/// last one taken, so that a key rests before it is used again and packets still under way meet nobody. Every operation costs the
/// logarithm of what is taken.
/// </summary>
public sealed class VniAllocations
{
    public const uint First = 1;
    public const uint Max = 0xFF_FFFF;

    private readonly ImmutableDictionary<uint, Guid> _owners;

    /// <summary>The keys of <see cref="_owners"/> as runs.</summary>
    private readonly NumberRuns _runs;
    private readonly uint _last;

    private VniAllocations(ImmutableDictionary<uint, Guid> owners, NumberRuns runs, uint last)
    {
        _owners = owners;
        _runs = runs;
        _last = last;
    }

    public static VniAllocations Empty { get; } = new(ImmutableDictionary<uint, Guid>.Empty, NumberRuns.Empty, 0);

    /// <summary>The key taken last, 0 before the first: stored, so that keys rest across restarts too.</summary>
    public uint Last => _last;

    public VniAllocations WithLast(uint last) => new(_owners, _runs, last);

    public Guid? OwnerOf(uint vni) => _owners.TryGetValue(vni, out Guid owner) ? owner : null;

    public uint? FindFree() => FindFree(First, Max);

    /// <summary>A free key between the bounds, both included; the search starts behind the last one taken.</summary>
    public uint? FindFree(uint least, uint most)
    {
        uint start = _last >= least && _last < most ? _last + 1 : least;
        return (uint?)(_runs.FirstFree(start, most) ?? _runs.FirstFree(least, start - 1));
    }

    public VniAllocations Add(uint vni, Guid owner) => new(_owners.Add(vni, owner), _runs.Add(vni), vni);

    public VniAllocations Remove(uint vni) => new(_owners.Remove(vni), _runs.Remove(vni), _last);
}

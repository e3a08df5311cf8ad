using System.Collections.Immutable;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Indexes;

/// <summary>
/// Which addresses of each subnet are taken, and by which port. A free one is searched from behind the last one that a search
/// handed out, so an address that was given back rests as long as the pool allows and stale ARP entries elsewhere die first.
/// Every operation costs the logarithm of what is taken.
/// </summary>
public sealed class SubnetAllocations
{
    private readonly ImmutableDictionary<Guid, Taken> _subnets;

    private SubnetAllocations(ImmutableDictionary<Guid, Taken> subnets) => _subnets = subnets;

    public static SubnetAllocations Empty { get; } = new(ImmutableDictionary<Guid, Taken>.Empty);

    public int CountOf(Guid subnet) => _subnets.TryGetValue(subnet, out Taken? taken) ? taken.Owners.Count : 0;

    public Guid? OwnerOf(Guid subnet, IpAddress address) =>
        _subnets.TryGetValue(subnet, out Taken? taken) && taken.Owners.TryGetValue(address, out Guid port) ? port : null;

    /// <summary>The ports that hold addresses of the subnet.</summary>
    public IEnumerable<Guid> OwnersIn(Guid subnet) => _subnets.TryGetValue(subnet, out Taken? taken) ? taken.Owners.Values : [];

    /// <summary>Takes an address that somebody named; where the next search starts stays as it is.</summary>
    public SubnetAllocations Add(Guid subnet, IpAddress address, Guid port) => Add(subnet, address, port, _subnets.GetValueOrDefault(subnet)?.Last);

    /// <summary>
    /// Takes an address, and lets the next search start behind it if it is the one that a search would have found. An address
    /// that somebody named at the pool's far end, or a gateway at its start, does not send the search there.
    /// </summary>
    public SubnetAllocations Add(Subnet subnet, IpAddress address, Guid port) =>
        FindFree(subnet) == address ? Add(subnet.Id, address, port, last: address) : Add(subnet.Id, address, port);

    public SubnetAllocations Remove(Guid subnet, IpAddress address) => _subnets.TryGetValue(subnet, out Taken? taken)
        ? new(_subnets.SetItem(subnet, taken with { Owners = taken.Owners.Remove(address), Runs = taken.Runs.Remove(address.Value) }))
        : this;

    public SubnetAllocations Forget(Guid subnet) => new(_subnets.Remove(subnet));

    /// <summary>A free address of the subnet's pools, or null when there is none.</summary>
    public IpAddress? FindFree(Subnet subnet)
    {
        Taken taken = _subnets.GetValueOrDefault(subnet.Id, Taken.None);
        IpAddress? free = Search(subnet, taken, above: taken.Last);
        return free ?? Search(subnet, taken, above: null);
    }

    /// <summary>
    /// For allocations that were read back from a store, which does not keep how far searches had come. Addresses above the
    /// highest one in use are the least likely to have been given back a moment ago.
    /// </summary>
    public SubnetAllocations SearchingBehindTheHighest() => new(_subnets.ToImmutableDictionary(
        static s => s.Key,
        static s => s.Value with { Last = s.Value.Runs.Highest is { } highest ? IpAddress.FromValue(highest) : null }));

    private SubnetAllocations Add(Guid subnet, IpAddress address, Guid port, IpAddress? last)
    {
        Taken taken = _subnets.GetValueOrDefault(subnet, Taken.None);
        return new(_subnets.SetItem(subnet, new Taken(taken.Owners.Add(address, port), taken.Runs.Add(address.Value), last)));
    }

    /// <summary>The first free address in the order of the pools as given, among those above the last one if there was one.</summary>
    private static IpAddress? Search(Subnet subnet, Taken taken, IpAddress? above)
    {
        foreach (AllocationPool pool in subnet.AllocationPools)
        {
            UInt128 start = pool.Start.Value;
            if (above is { } last && last.Value >= start)
            {
                start = last.Value + 1;
            }

            if (taken.Runs.FirstFree(start, pool.End.Value) is { } free)
            {
                return IpAddress.FromValue(free);
            }
        }

        return null;
    }

    /// <param name="Runs">The keys of <paramref name="Owners"/> as runs.</param>
    /// <param name="Last">The last address that a search found; null before the first.</param>
    private sealed record Taken(ImmutableDictionary<IpAddress, Guid> Owners, NumberRuns Runs, IpAddress? Last)
    {
        public static Taken None { get; } = new(ImmutableDictionary<IpAddress, Guid>.Empty, NumberRuns.Empty, null);
    }
}

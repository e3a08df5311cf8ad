using System.Collections.Immutable;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Indexes;

/// <summary>
/// Which addresses of each subnet are taken, and by which port. A free one is searched from behind the last one handed out,
/// so an address that was given back rests as long as the pool allows and stale ARP entries elsewhere die first.
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

    public SubnetAllocations Add(Guid subnet, IpAddress address, Guid port)
    {
        Taken taken = _subnets.GetValueOrDefault(subnet, Taken.None);
        return new(_subnets.SetItem(subnet, new Taken(taken.Owners.Add(address, port), address)));
    }

    public SubnetAllocations Remove(Guid subnet, IpAddress address)
    {
        Taken taken = _subnets.GetValueOrDefault(subnet, Taken.None);
        ImmutableDictionary<IpAddress, Guid> rest = taken.Owners.Remove(address);
        return new(_subnets.SetItem(subnet, taken with { Owners = rest }));
    }

    public SubnetAllocations Forget(Guid subnet) => new(_subnets.Remove(subnet));

    /// <summary>A free address of the subnet's pools, or null when there is none.</summary>
    public IpAddress? FindFree(Subnet subnet)
    {
        Taken taken = _subnets.GetValueOrDefault(subnet.Id, Taken.None);
        IpAddress? free = Search(subnet, taken, above: taken.Last);
        return free ?? Search(subnet, taken, above: null);
    }

    private static IpAddress? Search(Subnet subnet, Taken taken, IpAddress? above)
    {
        foreach (AllocationPool pool in subnet.AllocationPools)
        {
            UInt128 start = pool.Start.Value;
            if (above is { } last && last.Value >= start)
            {
                start = last.Value + 1;
            }

            for (UInt128 candidate = start; candidate <= pool.End.Value; candidate++)
            {
                IpAddress address = IpAddress.FromValue(candidate);
                if (!taken.Owners.ContainsKey(address))
                {
                    return address;
                }
            }
        }

        return null;
    }

    private sealed record Taken(ImmutableDictionary<IpAddress, Guid> Owners, IpAddress? Last)
    {
        public static Taken None { get; } = new(ImmutableDictionary<IpAddress, Guid>.Empty, null);
    }
}

using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Allocation pools: what is usable of a CIDR, and whether given ranges fit into it.</summary>
internal static class SubnetPools
{
    /// <summary>All usable addresses but the gateway, which cuts them in two where it lies between.</summary>
    public static ValueList<AllocationPool> Default(IpPrefix cidr, IpAddress? gateway)
    {
        (IpAddress first, IpAddress last) = Usable(cidr);
        if (gateway is not { } hole || hole < first || hole > last)
        {
            return first <= last ? [new AllocationPool(first, last)] : default;
        }

        List<AllocationPool> pools = [];
        if (hole > first)
        {
            pools.Add(new AllocationPool(first, IpAddress.FromValue(hole.Value - 1)));
        }

        if (hole < last)
        {
            pools.Add(new AllocationPool(IpAddress.FromValue(hole.Value + 1), last));
        }

        return pools.ToValueList();
    }

    public static ValueList<AllocationPool> Check(IReadOnlyList<AllocationPool> pools, IpPrefix cidr, IpAddress? gateway)
    {
        (IpAddress first, IpAddress last) = Usable(cidr);
        foreach (AllocationPool pool in pools)
        {
            if (pool.Start.IsIpv4 != cidr.IsIpv4 || pool.End.IsIpv4 != cidr.IsIpv4 || pool.Start > pool.End)
            {
                throw SubnetFaults.PoolNotValid(pool);
            }

            if (pool.Start < first || pool.End > last)
            {
                throw SubnetFaults.PoolOutside(pool, cidr);
            }
        }

        AllocationPool[] sorted = [.. pools.OrderBy(p => p.Start)];
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Start <= sorted[i - 1].End)
            {
                throw SubnetFaults.PoolsOverlap(sorted[i - 1], sorted[i], cidr);
            }
        }

        RefuseGatewayInside(pools, gateway);
        return sorted.ToValueList();
    }

    public static void RefuseGatewayInside(IEnumerable<AllocationPool> pools, IpAddress? gateway)
    {
        foreach (AllocationPool pool in pools)
        {
            if (gateway is { } address && address >= pool.Start && address <= pool.End && address.IsIpv4 == pool.Start.IsIpv4)
            {
                throw SubnetFaults.GatewayInPool(address, pool);
            }
        }
    }

    /// <summary>Without network and broadcast address; point-to-point prefixes (RFC 3021, RFC 6164) have all of theirs.</summary>
    private static (IpAddress First, IpAddress Last) Usable(IpPrefix cidr)
    {
        int hostBits = cidr.Address.Bits - cidr.Length;
        if (hostBits <= 1)
        {
            return (cidr.First, cidr.Last);
        }

        IpAddress first = IpAddress.FromValue(cidr.First.Value + 1);
        return (first, cidr.IsIpv4 ? IpAddress.FromValue(cidr.Last.Value - 1) : cidr.Last);
    }
}

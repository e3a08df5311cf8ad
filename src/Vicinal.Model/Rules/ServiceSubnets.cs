using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>Which subnets of a network a kind of port draws addresses from (service_types).</summary>
internal static class ServiceSubnets
{
    /// <summary>Those reserved for the device owner; without such the ones reserved for nobody.</summary>
    public static IReadOnlyList<Subnet> Of(Topology topology, Guid network, string owner)
    {
        // By age and id: the order must not depend on how a hash set came to be.
        Subnet[] all = [.. topology.SubnetsByNetwork[network].Select(id => topology.Subnets[id])
            .OrderBy(s => s.CreatedAt).ThenBy(s => s.Id)];
        Subnet[] reserved = owner.Length == 0 ? [] : [.. all.Where(s => s.ServiceTypes.Contains(owner))];
        Subnet[] open = reserved.Length > 0 ? reserved : [.. all.Where(s => s.ServiceTypes.IsEmpty)];
        return open.Length > 0 || all.Length == 0 ? open : throw PortFaults.NoServiceSubnet(network, owner);
    }
}

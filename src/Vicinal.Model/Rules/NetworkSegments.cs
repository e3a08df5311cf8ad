using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>The triple that says how a network's frames travel.</summary>
internal readonly record struct Segment(string NetworkType, string? PhysicalNetwork, int? SegmentationId);

/// <summary>Chooses or checks a new network's segment.</summary>
internal static class NetworkSegments
{
    public static Segment Choose(Topology topology, NetworkInput input, CloudSettings settings)
    {
        string? type = input.NetworkType.Or(null);
        string? physical = input.PhysicalNetwork.Or(null);
        int? id = input.SegmentationId.Or(null);
        if (type is null)
        {
            return physical is null && id is null
                ? ChooseTenant(topology, settings)
                : throw NeutronFault.InvalidInput("network_type required.");
        }

        return type switch
        {
            NetworkTypes.Flat => Flat(topology, physical, id, settings),
            NetworkTypes.Vlan => Vlan(topology, physical, id, settings),
            _ when NetworkTypes.IsTunnelled(type) => Tunnelled(topology, type, physical, id, settings),
            _ => throw NeutronFault.InvalidInput($"network_type value '{type}' not supported."),
        };
    }

    private static Segment ChooseTenant(Topology topology, CloudSettings settings)
    {
        foreach (string type in settings.TenantNetworkTypes)
        {
            if (NetworkTypes.IsTunnelled(type) && FreeVni(topology, settings) is { } vni)
            {
                return new Segment(type, null, vni);
            }

            if (type == NetworkTypes.Vlan && FreeVlan(topology, settings, physical: null) is { } vlan)
            {
                return vlan;
            }
        }

        throw NetworkFaults.NoneAvailable();
    }

    private static Segment Tunnelled(Topology topology, string type, string? physical, int? id, CloudSettings settings)
    {
        if (physical is not null)
        {
            throw NeutronFault.InvalidInput($"provider:physical_network specified for {type} network.");
        }

        if (id is not { } wanted)
        {
            return new Segment(type, null, FreeVni(topology, settings) ?? throw NetworkFaults.NoneAvailable());
        }

        if (wanted is < (int)Indexes.VniAllocations.First or > (int)Indexes.VniAllocations.Max)
        {
            throw NeutronFault.InvalidInput(
                $"segmentation_id out of range ({Indexes.VniAllocations.First} through {Indexes.VniAllocations.Max}).");
        }

        return topology.Vnis.OwnerOf((uint)wanted) is null
            ? new Segment(type, null, wanted)
            : throw NetworkFaults.TunnelIdInUse(wanted);
    }

    private static Segment Flat(Topology topology, string? physical, int? id, CloudSettings settings)
    {
        if (string.IsNullOrEmpty(physical))
        {
            throw NeutronFault.InvalidInput("physical_network required for flat provider network.");
        }

        if (id is not null)
        {
            throw NeutronFault.InvalidInput("segmentation_id prohibited for flat provider network.");
        }

        RefuseUnknown(topology, physical, "flat", settings);
        return OnPhysical(topology, physical).Any(n => n.NetworkType == NetworkTypes.Flat)
            ? throw NetworkFaults.FlatInUse(physical)
            : new Segment(NetworkTypes.Flat, physical, null);
    }

    private static Segment Vlan(Topology topology, string? physical, int? id, CloudSettings settings)
    {
        if (physical is null)
        {
            return id is null
                ? FreeVlan(topology, settings, physical: null) ?? throw NetworkFaults.NoneAvailable()
                : throw NeutronFault.InvalidInput("segmentation_id requires physical_network for VLAN provider network.");
        }

        RefuseUnknown(topology, physical, "VLAN", settings);
        if (id is not { } wanted)
        {
            return FreeVlan(topology, settings, physical) ?? throw NetworkFaults.NoneAvailable();
        }

        if (wanted is < NetworkTypes.FirstVlan or > NetworkTypes.LastVlan)
        {
            throw NeutronFault.InvalidInput(
                $"segmentation_id out of range ({NetworkTypes.FirstVlan} through {NetworkTypes.LastVlan}).");
        }

        return OnPhysical(topology, physical).Any(n => n.SegmentationId == wanted)
            ? throw NetworkFaults.VlanIdInUse(wanted, physical)
            : new Segment(NetworkTypes.Vlan, physical, wanted);
    }

    private static int? FreeVni(Topology topology, CloudSettings settings) =>
        (int?)topology.Vnis.FindFree(settings.FirstVni, settings.LastVni);

    private static Segment? FreeVlan(Topology topology, CloudSettings settings, string? physical)
    {
        foreach (VlanRange range in settings.VlanRanges)
        {
            if (physical is not null && range.PhysicalNetwork != physical)
            {
                continue;
            }

            HashSet<int> taken = [.. OnPhysical(topology, range.PhysicalNetwork).Select(n => n.SegmentationId).OfType<int>()];
            for (int vlan = range.First; vlan <= range.Last; vlan++)
            {
                if (!taken.Contains(vlan))
                {
                    return new Segment(NetworkTypes.Vlan, range.PhysicalNetwork, vlan);
                }
            }
        }

        return null;
    }

    private static IEnumerable<Network> OnPhysical(Topology topology, string physical) =>
        topology.Networks.Values.Where(n => n.PhysicalNetwork == physical);

    private static void RefuseUnknown(Topology topology, string physical, string type, CloudSettings settings)
    {
        bool known = settings.PhysicalNetworks.IsEmpty
            ? topology.Agents.Values.Any(agent => AgentModes.HasMapping(agent, physical))
            : settings.PhysicalNetworks.Contains(physical);
        if (!known)
        {
            throw NeutronFault.InvalidInput($"physical_network '{physical}' unknown for {type} provider network.");
        }
    }
}

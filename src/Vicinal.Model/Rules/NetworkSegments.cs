using Vicinal.Model.Indexes;

namespace Vicinal.Model.Rules;

/// <summary>The triple that says how a network's frames travel.</summary>
internal readonly record struct Segment(string NetworkType, string? PhysicalNetwork, int? SegmentationId);

/// <summary>Chooses or checks a new network's segment.</summary>
internal static class NetworkSegments
{
    public static Segment Choose(TopologyEdit edit, NetworkInput input, CloudSettings settings)
    {
        string? type = input.NetworkType.Or(null);
        string? physical = input.PhysicalNetwork.Or(null);
        int? id = input.SegmentationId.Or(null);
        if (type is null)
        {
            return physical is null && id is null
                ? DrawTenant(edit, settings)
                : throw NeutronFault.InvalidInput("network_type required.");
        }

        return type switch
        {
            NetworkTypes.Flat => Flat(edit.Current, physical, id, settings),
            NetworkTypes.Vlan => Vlan(edit, physical, id, settings),
            _ when NetworkTypes.IsTunnelled(type) => Tunnelled(edit, type, physical, id, settings),
            _ => throw NeutronFault.InvalidInput($"network_type value '{type}' not supported."),
        };
    }

    /// <summary>A key from the type's ranges, or null when they are exhausted.</summary>
    public static uint? DrawTunnelKey(TopologyEdit edit, string type, CloudSettings settings)
    {
        SegmentationRange[] ranges = [.. settings.TunnelRanges.Where(range => range.NetworkType == type).Select(range => range.Ids)];
        return edit.DrawSegmentationId(
            SegmentationIds.SpaceOf(type, null),
            ranges.Length > 0 ? ranges : [new SegmentationRange(NetworkTypes.FirstKey, (uint)NetworkTypes.LastKey(type))]);
    }

    private static Segment DrawTenant(TopologyEdit edit, CloudSettings settings)
    {
        foreach (string type in settings.TenantNetworkTypes)
        {
            if (NetworkTypes.IsTunnelled(type) && DrawTunnelKey(edit, type, settings) is { } key)
            {
                return new Segment(type, null, (int)key);
            }

            if (type == NetworkTypes.Vlan && DrawVlan(edit, settings, settings.VlanRanges.Select(range => range.PhysicalNetwork)) is { } vlan)
            {
                return vlan;
            }
        }

        throw NetworkFaults.NoneAvailable();
    }

    private static Segment Tunnelled(TopologyEdit edit, string type, string? physical, int? id, CloudSettings settings)
    {
        if (physical is not null)
        {
            throw NeutronFault.InvalidInput($"provider:physical_network specified for {type} network.");
        }

        if (id is not { } wanted)
        {
            return new Segment(type, null, (int)(DrawTunnelKey(edit, type, settings) ?? throw NetworkFaults.NoneAvailable()));
        }

        if (wanted < NetworkTypes.FirstKey || wanted > NetworkTypes.LastKey(type))
        {
            throw NeutronFault.InvalidInput($"segmentation_id out of range ({NetworkTypes.FirstKey} through {NetworkTypes.LastKey(type)}).");
        }

        return edit.Current.SegmentationIds[SegmentationIds.SpaceOf(type, null)].OwnerOf((uint)wanted) is null
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

        if (!IsKnown(topology, physical, settings))
        {
            throw NetworkFaults.UnknownPhysicalNetwork(physical, "flat");
        }

        return topology.Networks.Values.Any(network => network.NetworkType == NetworkTypes.Flat && network.PhysicalNetwork == physical)
            ? throw NetworkFaults.FlatInUse(physical)
            : new Segment(NetworkTypes.Flat, physical, null);
    }

    private static Segment Vlan(TopologyEdit edit, string? physical, int? id, CloudSettings settings)
    {
        if (physical is null)
        {
            return id is null
                ? DrawVlan(edit, settings, settings.VlanRanges.Select(range => range.PhysicalNetwork)) ?? throw NetworkFaults.NoneAvailable()
                : throw NeutronFault.InvalidInput("segmentation_id requires physical_network for VLAN provider network.");
        }

        if (!IsKnown(edit.Current, physical, settings) && !settings.VlanRanges.Any(range => range.PhysicalNetwork == physical))
        {
            throw NetworkFaults.UnknownPhysicalNetwork(physical, "VLAN");
        }

        if (id is not { } wanted)
        {
            return DrawVlan(edit, settings, [physical]) ?? throw NetworkFaults.NoneAvailable();
        }

        if (wanted is < NetworkTypes.FirstVlan or > NetworkTypes.LastVlan)
        {
            throw NeutronFault.InvalidInput(
                $"segmentation_id out of range ({NetworkTypes.FirstVlan} through {NetworkTypes.LastVlan}).");
        }

        return edit.Current.SegmentationIds[SegmentationIds.SpaceOf(NetworkTypes.Vlan, physical)].OwnerOf((uint)wanted) is null
            ? new Segment(NetworkTypes.Vlan, physical, wanted)
            : throw NetworkFaults.VlanIdInUse(wanted, physical);
    }

    /// <summary>From the first of the physical networks that has an id left.</summary>
    private static Segment? DrawVlan(TopologyEdit edit, CloudSettings settings, IEnumerable<string> physicals)
    {
        foreach (string physical in physicals.Distinct())
        {
            if (edit.DrawSegmentationId(SegmentationIds.SpaceOf(NetworkTypes.Vlan, physical), RangesOf(physical, settings)) is { } id)
            {
                return new Segment(NetworkTypes.Vlan, physical, (int)id);
            }
        }

        return null;
    }

    private static IEnumerable<SegmentationRange> RangesOf(string physical, CloudSettings settings) =>
        settings.VlanRanges.Where(range => range.PhysicalNetwork == physical && range.First <= range.Last).Select(range => range.Ids);

    private static bool IsKnown(Topology topology, string physical, CloudSettings settings) => settings.PhysicalNetworks.IsEmpty
        ? topology.Agents.Values.Any(agent => AgentModes.HasMapping(agent, physical))
        : settings.PhysicalNetworks.Contains(physical);
}

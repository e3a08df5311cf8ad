using Vicinal.Model.Resources;

namespace Vicinal.Model.Rules;

/// <summary>What Neutron demands of networks.</summary>
public static class NetworkRules
{
    /// <summary>RFC 791 section 3.2.</summary>
    private const int LeastIpv4Mtu = 68;

    /// <summary>RFC 8200 section 5.</summary>
    private const int LeastIpv6Mtu = 1280;

    public static Network Get(Topology topology, Guid id) =>
        topology.Networks.GetValueOrDefault(id) ?? throw NetworkFaults.NotFound(id);

    public static Network Create(TopologyEdit edit, NetworkInput input, CloudSettings settings)
    {
        Segment segment = NetworkSegments.Choose(edit, input, settings);
        return edit.Put(new Network
        {
            Id = edit.NewId(),
            ProjectId = input.ProjectId,
            Name = input.Name.Or(""),
            Description = input.Description.Or(""),
            AdminStateUp = input.AdminStateUp.Or(true),
            Shared = input.Shared.Or(false),
            External = input.External.Or(false),
            IsDefault = input.IsDefault.Or(false),
            PortSecurityEnabled = input.PortSecurityEnabled.Or(true),
            DnsDomain = input.DnsDomain.Or(""),
            Mtu = ResolveMtu(input.Mtu.Or(0), NetworkMtus.LargestOf(segment.NetworkType, segment.PhysicalNetwork, settings)),
            NetworkType = segment.NetworkType,
            PhysicalNetwork = segment.PhysicalNetwork,
            SegmentationId = segment.SegmentationId,
        });
    }

    public static Network Update(TopologyEdit edit, Network network, NetworkInput input, CloudSettings settings)
    {
        RefuseSegmentChange(network, input);
        Network after = network with
        {
            Name = input.Name.Or(network.Name),
            Description = input.Description.Or(network.Description),
            AdminStateUp = input.AdminStateUp.Or(network.AdminStateUp),
            Shared = input.Shared.Or(network.Shared),
            External = input.External.Or(network.External),
            IsDefault = input.IsDefault.Or(network.IsDefault),
            PortSecurityEnabled = input.PortSecurityEnabled.Or(network.PortSecurityEnabled),
            DnsDomain = input.DnsDomain.Or(network.DnsDomain),
            Mtu = input.Mtu.IsGiven
                ? ResolveMtu(input.Mtu.Value, NetworkMtus.LargestOf(network.NetworkType, network.PhysicalNetwork, settings))
                : network.Mtu,
        };
        if (after.Mtu != network.Mtu)
        {
            foreach (Guid subnet in edit.Current.SubnetsByNetwork[network.Id])
            {
                RefuseSmallMtu(after, edit.Current.Subnets[subnet].IpVersion);
            }
        }

        if (network.Shared && !after.Shared)
        {
            RefuseUnsharing(edit.Current, network);
        }

        if (network.External && !after.External && edit.Current.RoutersByExternalNetwork.Has(network.Id))
        {
            throw NetworkFaults.ExternalInUse(network.Id);
        }

        return edit.Put(after);
    }

    /// <summary>Takes the network's subnets and the ports that services made for themselves along.</summary>
    public static void Delete(TopologyEdit edit, Network network)
    {
        Topology topology = edit.Current;
        Guid[] ports = [.. topology.PortsByNetwork[network.Id].Order()];
        Guid[] using_ = [.. ports.Where(id => !DeviceOwners.GoesWithNetwork(topology.Ports[id].DeviceOwner))];
        if (using_.Length > 0)
        {
            throw NetworkFaults.InUse(network.Id, using_);
        }

        foreach (Guid port in ports)
        {
            edit.Remove(topology.Ports[port]);
        }

        foreach (Guid subnet in topology.SubnetsByNetwork[network.Id].Order())
        {
            edit.Remove(topology.Subnets[subnet]);
        }

        edit.Remove(network);
    }

    /// <summary>Whether a caller who is not its owner may use and see the network.</summary>
    public static bool IsVisibleTo(Network network, Requester requester) => requester.Owns(network) || network.Shared || network.External;

    /// <summary>A family has a least MTU that every link must carry.</summary>
    internal static void RefuseSmallMtu(Network network, int ipVersion)
    {
        int least = ipVersion == 6 ? LeastIpv6Mtu : LeastIpv4Mtu;
        if (network.Mtu < least)
        {
            throw NetworkFaults.MtuTooSmallForSubnet(network.Id, least);
        }
    }

    private static int ResolveMtu(int wanted, int largest) => wanted == 0 ? largest
        : wanted <= largest ? wanted
        : throw NeutronFault.InvalidInput($"Requested MTU is too big, maximum is {largest}.");

    private static void RefuseSegmentChange(Network network, NetworkInput input)
    {
        if (input.NetworkType.Or(network.NetworkType) != network.NetworkType
            || input.PhysicalNetwork.Or(network.PhysicalNetwork) != network.PhysicalNetwork
            || input.SegmentationId.Or(network.SegmentationId) != network.SegmentationId)
        {
            throw NeutronFault.InvalidInput("Plugin does not support updating provider attributes.");
        }
    }

    private static void RefuseUnsharing(Topology topology, Network network)
    {
        bool othersHavePorts = topology.PortsByNetwork[network.Id].Select(id => topology.Ports[id]).Any(port =>
            port.ProjectId != network.ProjectId && !port.DeviceOwner.StartsWith(DeviceOwner.NetworkPrefix, StringComparison.Ordinal));
        bool othersHaveSubnets = topology.SubnetsByNetwork[network.Id].Any(id => topology.Subnets[id].ProjectId != network.ProjectId);
        if (othersHavePorts || othersHaveSubnets)
        {
            throw NetworkFaults.SharedByOthers(network.Name);
        }
    }
}

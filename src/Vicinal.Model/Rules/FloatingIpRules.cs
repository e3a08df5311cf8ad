using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>What a creation or an update says of a floating IP.</summary>
public sealed record FloatingIpRequest
{
    /// <summary>Only in creations.</summary>
    public Guid FloatingNetworkId { get; init; }

    /// <summary>A certain address; only in creations, only for admins (the API sees to it).</summary>
    public IpAddress? FloatingIpAddress { get; init; }

    /// <summary>Any address of a certain subnet; only in creations.</summary>
    public Guid? SubnetId { get; init; }

    /// <summary>Null disassociates; not given keeps the association.</summary>
    public Given<Guid?> PortId { get; init; }

    /// <summary>Which of the port's addresses.</summary>
    public Given<IpAddress?> FixedIpAddress { get; init; }

    public Given<string> Description { get; init; }

    public string DnsName { get; init; } = "";

    public string DnsDomain { get; init; } = "";
}

/// <summary>What Neutron demands of floating IPs. Which port and router one belongs to is <see cref="FloatingIpAssociations"/>'s.</summary>
public static class FloatingIpRules
{
    public static FloatingIp Get(Topology topology, Guid id) =>
        topology.FloatingIps.GetValueOrDefault(id) ?? throw FloatingIpFaults.NotFound(id.ToString());

    public static FloatingIp Create(
        TopologyEdit edit, string projectId, FloatingIpRequest request, CloudSettings settings, Requester requester)
    {
        Network network = ExternalNetwork(edit.Current, request.FloatingNetworkId);
        Guid id = edit.NewId();
        Port holder = PortRules.CreateSystemPort(
            edit,
            new SystemPort
            {
                NetworkId = network.Id,
                DeviceOwner = DeviceOwner.FloatingIp,
                DeviceId = id.ToString(),
                FixedIps = [AddressFor(edit.Current, network.Id, request)],

                // As in Neutron: the port is nowhere plugged and never comes up.
                Status = PortStatus.NotApplicable,
            },
            settings);
        if (!holder.FixedIps.Any(static ip => ip.Address.IsIpv4))
        {
            throw FloatingIpFaults.NoAddressLeft(network.Id);
        }

        FloatingIp fip = new()
        {
            Id = id,
            ProjectId = projectId,
            Description = request.Description.Or(""),
            FloatingNetworkId = network.Id,
            FloatingIpAddress = holder.FixedIps.First(static ip => ip.Address.IsIpv4).Address,
            FloatingPortId = holder.Id,
            DnsName = request.DnsName,
            DnsDomain = request.DnsDomain,
        };
        return edit.Put(FloatingIpAssociations.Apply(edit.Current, fip, request, requester));
    }

    public static FloatingIp Update(TopologyEdit edit, Guid id, FloatingIpRequest request, Requester requester)
    {
        FloatingIp fip = Get(edit.Current, id);
        FloatingIp changed = FloatingIpAssociations.Apply(edit.Current, fip, request, requester);
        return edit.Put(changed with { Description = request.Description.Or(fip.Description) });
    }

    public static void Delete(TopologyEdit edit, Guid id)
    {
        FloatingIp fip = Get(edit.Current, id);
        edit.Remove(fip);
        edit.Remove(edit.Current.Ports[fip.FloatingPortId]);
    }

    /// <summary>The node that owns the address has put it to work. A floating IP that points nowhere stays DOWN.</summary>
    public static void MarkActive(TopologyEdit edit, Guid id) => Mark(edit, id, PortStatus.Active);

    /// <summary>No node serves the address any more.</summary>
    public static void MarkDown(TopologyEdit edit, Guid id) => Mark(edit, id, PortStatus.Down);

    private static void Mark(TopologyEdit edit, Guid id, string status)
    {
        // The report of a node may cross the deletion or the disassociation of what it reports.
        if (edit.Current.FloatingIps.TryGetValue(id, out FloatingIp? fip) && (fip.PortId is not null || status == PortStatus.Down))
        {
            _ = edit.Put(fip with { Status = status });
        }
    }

    private static Network ExternalNetwork(Topology topology, Guid id)
    {
        Network network = topology.Networks.GetValueOrDefault(id) ?? throw NetworkFaults.NotFound(id);
        if (!network.External)
        {
            throw FloatingIpFaults.Bad($"Network {id} is not a valid external network");
        }

        return topology.SubnetsByNetwork[id].Any(subnet => topology.Subnets[subnet].IpVersion == 4)
            ? network
            : throw FloatingIpFaults.Bad($"Network {id} does not contain any IPv4 subnet");
    }

    /// <summary>What the request names, or else any address of the oldest IPv4 subnet that has one left.</summary>
    private static FixedIpRequest AddressFor(Topology topology, Guid networkId, FloatingIpRequest request)
    {
        if (request is not { SubnetId: null, FloatingIpAddress: null })
        {
            return new FixedIpRequest(request.SubnetId, request.FloatingIpAddress);
        }

        Subnet open = ServiceSubnets.Of(topology, networkId, DeviceOwner.FloatingIp)
            .FirstOrDefault(subnet => subnet.IpVersion == 4 && topology.Allocations.FindFree(subnet) is not null)
            ?? throw PortFaults.NoAddressLeft(networkId);
        return new FixedIpRequest(open.Id, null);
    }
}

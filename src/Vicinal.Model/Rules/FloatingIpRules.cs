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
        topology.FloatingIps.GetValueOrDefault(id) ?? throw FloatingIpFaults.NotFound(id);

    public static FloatingIp Create(TopologyEdit edit, string projectId, FloatingIpRequest request, Requester requester)
    {
        Network network = ExternalNetwork(edit.Current, request.FloatingNetworkId);
        Guid id = edit.NewId();
        MacAddress mac = RouterSystemPorts.FreeMac(edit, network.Id);
        ValueList<FixedIp> addresses = Addresses(edit.Current, network.Id, request, mac);

        // Neutron shows N/A: the port is nowhere plugged and never comes up.
        Port holder = edit.Put(RouterSystemPorts.New(edit, network.Id, mac, addresses, DeviceOwner.FloatingIp, id) with
        {
            Status = PortStatus.NotApplicable,
        });
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

    /// <summary>To be called when a port has gone: its floating IPs are free again.</summary>
    public static void PortDeleted(TopologyEdit edit, Guid portId)
    {
        foreach (Guid id in edit.Current.FloatingIpsByPort[portId].Order())
        {
            _ = edit.Put(FloatingIpAssociations.Disassociated(edit.Current.FloatingIps[id]));
        }
    }

    /// <summary>To be called when a port's addresses have changed: floating IPs of those it lost are free again.</summary>
    public static void PortChanged(TopologyEdit edit, Port port)
    {
        foreach (Guid id in edit.Current.FloatingIpsByPort[port.Id].Order())
        {
            FloatingIp fip = edit.Current.FloatingIps[id];
            if (!port.FixedIps.Any(ip => ip.Address == fip.FixedIpAddress))
            {
                _ = edit.Put(FloatingIpAssociations.Disassociated(fip));
            }
        }
    }

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
        Network network = topology.Networks.GetValueOrDefault(id) ?? throw RouterFaults.NetworkNotFound(id);
        if (!network.External)
        {
            throw FloatingIpFaults.Bad($"Network {id} is not a valid external network");
        }

        return topology.SubnetsByNetwork[id].Any(subnet => topology.Subnets[subnet].IpVersion == 4)
            ? network
            : throw FloatingIpFaults.Bad($"Network {id} does not contain any IPv4 subnet");
    }

    private static ValueList<FixedIp> Addresses(Topology topology, Guid networkId, FloatingIpRequest request, MacAddress mac)
    {
        ValueList<FixedIp> addresses = request is { SubnetId: null, FloatingIpAddress: null }
            ? RouterAddresses.ForFloatingIp(topology, networkId)
            : RouterAddresses.Requested(topology, networkId, [new FixedIpRequest(request.SubnetId, request.FloatingIpAddress)], mac);
        return addresses.Any(static ip => ip.Address.IsIpv4) ? addresses : throw FloatingIpFaults.NoAddressLeft(networkId);
    }
}

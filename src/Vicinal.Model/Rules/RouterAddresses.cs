using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>Addresses for the ports that routers and floating IPs have on external networks.</summary>
internal static class RouterAddresses
{
    /// <summary>A gateway's: one IPv4 and one IPv6 address where subnets exist, and one of every subnet that forms them itself.</summary>
    public static ValueList<FixedIp> ForGateway(Topology topology, Guid networkId, MacAddress mac)
    {
        List<Subnet> subnets = [.. Subnets(topology, networkId, DeviceOwner.RouterGateway)];
        List<FixedIp> chosen = [];
        AddFirstFree(topology, networkId, [.. subnets.Where(static s => s.IpVersion == 4)], chosen);
        AddFirstFree(topology, networkId, [.. subnets.Where(static s => s.IpVersion == 6 && !FormsAddresses(s))], chosen);
        chosen.AddRange(subnets.Where(FormsAddresses).Select(s => new FixedIp(s.Id, IpAddress.FromEui64(s.Cidr, mac))));
        return chosen.ToValueList();
    }

    /// <summary>A floating IP's: one of an IPv4 subnet, whichever has one.</summary>
    public static ValueList<FixedIp> ForFloatingIp(Topology topology, Guid networkId)
    {
        List<FixedIp> chosen = [];
        AddFirstFree(topology, networkId, [.. Subnets(topology, networkId, DeviceOwner.FloatingIp).Where(static s => s.IpVersion == 4)], chosen);
        return chosen.ToValueList();
    }

    /// <summary>What a request asks for in particular.</summary>
    /// <param name="own">The port that may hold some of them already.</param>
    public static ValueList<FixedIp> Requested(
        Topology topology, Guid networkId, ValueList<FixedIpRequest> requests, MacAddress mac, Guid? own = null)
    {
        List<FixedIp> chosen = [];
        foreach (FixedIpRequest request in requests)
        {
            Subnet subnet = SubnetFor(topology, networkId, request);
            chosen.Add(new FixedIp(subnet.Id, request.Address is { } address
                ? Free(topology, subnet, address, own)
                : AnyOf(topology, subnet, mac, own, chosen)));
        }

        return chosen.ToValueList();
    }

    private static void AddFirstFree(Topology topology, Guid networkId, List<Subnet> subnets, List<FixedIp> chosen)
    {
        foreach (Subnet subnet in subnets)
        {
            if (topology.Allocations.FindFree(subnet) is { } address)
            {
                chosen.Add(new FixedIp(subnet.Id, address));
                return;
            }
        }

        if (subnets.Count > 0)
        {
            throw NoneLeft(networkId);
        }
    }

    private static Subnet SubnetFor(Topology topology, Guid networkId, FixedIpRequest request)
    {
        if (request.SubnetId is not { } id)
        {
            return topology.SubnetsByNetwork[networkId].Select(s => topology.Subnets[s])
                .FirstOrDefault(s => request.Address is { } wanted && s.Cidr.Contains(wanted))
                ?? throw new NeutronFault(400, "InvalidIpForNetwork",
                    $"IP address {request.Address} is not a valid IP for any of the subnets on the specified network.");
        }

        Subnet subnet = topology.Subnets.GetValueOrDefault(id) ?? throw RouterFaults.SubnetNotFound(id);
        return subnet.NetworkId == networkId ? subnet : throw NeutronFault.InvalidInput(
            $"Failed to create port on network {networkId}, because fixed_ips included invalid subnet {id}.");
    }

    private static IpAddress Free(Topology topology, Subnet subnet, IpAddress address, Guid? own)
    {
        bool usable = subnet.Cidr.Contains(address)
            && (subnet.Cidr.Length >= subnet.Cidr.Address.Bits - 1
                || (address != subnet.Cidr.First && !(subnet.Cidr.IsIpv4 && address == subnet.Cidr.Last)));
        if (!usable)
        {
            throw new NeutronFault(400, "InvalidIpForSubnet", $"IP address {address} is not a valid IP for the specified subnet.");
        }

        return topology.Allocations.OwnerOf(subnet.Id, address) is { } owner && owner != own
            ? throw new NeutronFault(409, "IpAddressAlreadyAllocated", $"IP address {address} already allocated in subnet {subnet.Id}")
            : address;
    }

    /// <summary>Any address of the subnet; one that the port has there already stays.</summary>
    private static IpAddress AnyOf(Topology topology, Subnet subnet, MacAddress mac, Guid? own, List<FixedIp> chosen)
    {
        IEnumerable<FixedIp> held = own is { } id ? topology.Ports[id].FixedIps : [];
        foreach (FixedIp ip in held)
        {
            if (ip.SubnetId == subnet.Id && !chosen.Contains(ip))
            {
                return ip.Address;
            }
        }

        return FormsAddresses(subnet)
            ? IpAddress.FromEui64(subnet.Cidr, mac)
            : topology.Allocations.FindFree(subnet) ?? throw NoneLeft(subnet.NetworkId);
    }

    /// <summary>Subnets open to such ports, oldest first.</summary>
    private static IEnumerable<Subnet> Subnets(Topology topology, Guid networkId, string owner) => topology.SubnetsByNetwork[networkId]
        .Select(id => topology.Subnets[id])
        .Where(subnet => subnet.ServiceTypes.IsEmpty || subnet.ServiceTypes.Contains(owner))
        .OrderBy(static subnet => subnet.CreatedAt)
        .ThenBy(static subnet => subnet.Id);

    private static bool FormsAddresses(Subnet subnet) => subnet.Ipv6AddressMode is "slaac" or "dhcpv6-stateless";

    private static NeutronFault NoneLeft(Guid networkId) =>
        new(409, "IpAddressGenerationFailure", $"No more IP addresses available on network {networkId}.");
}

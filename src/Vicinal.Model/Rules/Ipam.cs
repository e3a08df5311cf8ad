using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>
/// Gives ports their addresses. It works on a private copy of the allocations, so that two addresses for one port differ, and
/// returns what the port shall have; the topology's own allocations follow when the port is put.
/// </summary>
public static class Ipam
{
    /// <summary>The addresses of a new port.</summary>
    /// <param name="requests">Null for one address of each family; empty for none.</param>
    public static ValueList<FixedIp> ForNewPort(
        Topology topology, Guid network, MacAddress mac, string owner, IReadOnlyList<FixedIpRequest>? requests)
    {
        if (requests is { Count: 0 })
        {
            return default;
        }

        Work work = new(topology, network, mac, owner);
        if (requests is null)
        {
            work.TakeOneOf(work.Subnets.Where(s => s.Cidr.IsIpv4));
            work.TakeOneOf(work.Subnets.Where(s => !s.Cidr.IsIpv4 && !IsAutomatic(s)));
        }
        else
        {
            work.TakeAll(requests);
        }

        work.TakeAutomatic();
        return work.Result;
    }

    /// <summary>
    /// The addresses of a port after a change: what it has is kept where the requests allow, and automatic IPv6 addresses
    /// stay unless the MAC changed, from which they are made.
    /// </summary>
    public static ValueList<FixedIp> ForChangedPort(Topology topology, Port port, MacAddress mac, IReadOnlyList<FixedIpRequest> requests)
    {
        Work work = new(topology, port.NetworkId, mac, port.DeviceOwner);
        work.Release(port.FixedIps);
        List<FixedIp> held = [.. port.FixedIps.Where(ip => mac == port.MacAddress || !work.IsAutomatic(ip.SubnetId))];
        List<FixedIpRequest> open = [];

        // Addresses that are named win over "any of this subnet", which then takes what the port still holds there.
        foreach (FixedIpRequest request in requests)
        {
            int same = request.Address is { } address ? held.FindIndex(ip => ip.Address == address && (request.SubnetId ?? ip.SubnetId) == ip.SubnetId) : -1;
            Keep(same, request);
        }

        foreach (FixedIpRequest request in open.Where(r => r.Address is null).ToArray())
        {
            int same = held.FindIndex(ip => ip.SubnetId == request.SubnetId);
            if (same >= 0)
            {
                open.Remove(request);
                Keep(same, request);
            }
        }

        held.Where(ip => work.IsAutomatic(ip.SubnetId)).ToList().ForEach(work.Keep);
        work.TakeAll(open);
        if (requests.Count > 0 || port.FixedIps.Any(ip => work.IsAutomatic(ip.SubnetId)))
        {
            work.TakeAutomatic();
        }

        return work.Result;

        void Keep(int index, FixedIpRequest request)
        {
            if (index < 0)
            {
                open.Add(request);
                return;
            }

            work.Keep(held[index]);
            held.RemoveAt(index);
        }
    }

    /// <summary>Ports form their own addresses there, from the router's advertisements (RFC 4862).</summary>
    public static bool IsAutomatic(Subnet subnet) => subnet.Ipv6AddressMode is "slaac" or "dhcpv6-stateless";

    /// <summary>Whether a port may have the address: inside, and neither the network's nor the broadcast's.</summary>
    public static bool IsUsable(IpPrefix cidr, IpAddress address, string owner)
    {
        if (!cidr.Contains(address))
        {
            return false;
        }

        if (cidr.IsIpv4)
        {
            return cidr.Length >= 31 || (address != cidr.First && address != cidr.Last);
        }

        // The all-zeros address is the routers' anycast (RFC 4291 section 2.6.1): theirs alone.
        return cidr.Length >= 127 || address != cidr.First || DeviceOwner.IsRouterInterface(owner);
    }

    private sealed class Work
    {
        private readonly Topology _topology;
        private readonly Guid _network;
        private readonly MacAddress _mac;
        private readonly string _owner;
        private readonly List<FixedIp> _result = [];
        private SubnetAllocations _allocations;

        public Work(Topology topology, Guid network, MacAddress mac, string owner)
        {
            _topology = topology;
            _network = network;
            _mac = mac;
            _owner = owner;
            _allocations = topology.Allocations;
            Subnets = ServiceSubnets.Of(topology, network, owner);
        }

        /// <summary>Those that the port's owner may use, in a fixed order.</summary>
        public IReadOnlyList<Subnet> Subnets { get; }

        public ValueList<FixedIp> Result => _result.ToValueList();

        public bool IsAutomatic(Guid subnet) => Ipam.IsAutomatic(_topology.Subnets[subnet]);

        public void Release(ValueList<FixedIp> addresses)
        {
            foreach (FixedIp ip in addresses)
            {
                _allocations = _allocations.Remove(ip.SubnetId, ip.Address);
            }
        }

        public void Keep(FixedIp ip) => Take(ip.SubnetId, ip.Address);

        /// <summary>One address of the first subnet that has one left; nothing when there is no subnet at all.</summary>
        public void TakeOneOf(IEnumerable<Subnet> candidates)
        {
            bool any = false;
            foreach (Subnet subnet in candidates)
            {
                any = true;
                if (_allocations.FindFree(subnet) is { } free)
                {
                    Take(subnet.Id, free);
                    return;
                }
            }

            if (any)
            {
                throw PortFaults.NoAddressLeft(_network);
            }
        }

        /// <summary>Named addresses first, so that no free one picked for another request takes them away.</summary>
        public void TakeAll(IReadOnlyList<FixedIpRequest> requests)
        {
            foreach (FixedIpRequest request in requests.Where(r => r.Address is not null))
            {
                TakeNamed(request, request.Address!.Value);
            }

            foreach (FixedIpRequest request in requests.Where(r => r.Address is null))
            {
                Subnet subnet = Named(request.SubnetId
                    ?? throw NeutronFault.InvalidInput("IP allocation requires subnet_id or ip_address."));
                if (!Ipam.IsAutomatic(subnet) || DeviceOwner.IsRouterInterface(_owner))
                {
                    TakeOneOf([subnet]);
                }
            }
        }

        /// <summary>The EUI-64 address of every automatic subnet; routers have the gateway address there instead.</summary>
        public void TakeAutomatic()
        {
            if (DeviceOwner.IsRouterInterface(_owner))
            {
                return;
            }

            foreach (Subnet subnet in Subnets.Where(Ipam.IsAutomatic))
            {
                if (!_result.Exists(ip => ip.SubnetId == subnet.Id))
                {
                    Take(subnet.Id, IpAddress.FromEui64(subnet.Cidr, _mac));
                }
            }
        }

        private void TakeNamed(FixedIpRequest request, IpAddress address)
        {
            Subnet subnet;
            if (request.SubnetId is { } id)
            {
                subnet = Named(id);
                if (!IsUsable(subnet.Cidr, address, _owner))
                {
                    throw PortFaults.NotInSubnet(address);
                }
            }
            else
            {
                subnet = Subnets.FirstOrDefault(s => IsUsable(s.Cidr, address, _owner)) ?? throw PortFaults.NotInNetwork(address);
            }

            if (Ipam.IsAutomatic(subnet)
                && !DeviceOwner.IsRouterInterface(_owner)
                && address != IpAddress.FromEui64(subnet.Cidr, _mac))
            {
                throw PortFaults.AutomaticSubnet(address, subnet.Id);
            }

            Take(subnet.Id, address);
        }

        private Subnet Named(Guid id)
        {
            Subnet subnet = _topology.Subnets.GetValueOrDefault(id) ?? throw SubnetFaults.NotFound(id);
            return subnet.NetworkId == _network ? subnet : throw PortFaults.SubnetOfOtherNetwork(_network, id);
        }

        private void Take(Guid subnet, IpAddress address)
        {
            if (_allocations.OwnerOf(subnet, address) is not null)
            {
                throw PortFaults.AddressTaken(address, subnet);
            }

            // The owner is not known to the copy; any id but none will do.
            _allocations = _allocations.Add(subnet, address, Guid.Empty);
            _result.Add(new FixedIp(subnet, address));
        }
    }
}

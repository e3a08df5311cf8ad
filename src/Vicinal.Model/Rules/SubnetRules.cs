using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>What Neutron demands of subnets.</summary>
public static class SubnetRules
{
    private const string NewSubnet = "new subnet";

    public static Subnet Get(Topology topology, Guid id) => topology.Subnets.GetValueOrDefault(id) ?? throw SubnetFaults.NotFound(id);

    public static Subnet Create(TopologyEdit edit, SubnetInput input, CloudSettings settings)
    {
        Network network = NetworkRules.Get(edit.Current, input.NetworkId);
        IpPrefix cidr = input.Cidr
            ?? throw new NeutronFault(400, "BadRequest", "Bad subnets request: a subnetpool must be specified in the absence of a cidr.");
        if (cidr.IsIpv4 != (input.IpVersion == 4))
        {
            throw SubnetFaults.WrongFamily("cidr", cidr.ToString(), input.IpVersion);
        }

        IpAddress? gateway = input.GatewayIp.IsGiven ? input.GatewayIp.Value : DefaultGateway(cidr);
        Subnet subnet = new()
        {
            Id = edit.NewId(),
            ProjectId = input.ProjectId,
            Name = input.Name.Or(""),
            Description = input.Description.Or(""),
            NetworkId = network.Id,
            Cidr = cidr,
            GatewayIp = gateway,
            EnableDhcp = input.EnableDhcp.Or(true),
            HostRoutes = input.HostRoutes.Or([]).ToValueList(),
            DnsNameservers = input.DnsNameservers.Or([]).ToValueList(),
            Ipv6AddressMode = input.Ipv6AddressMode.Or(null),
            Ipv6RaMode = input.Ipv6RaMode.Or(null),
            ServiceTypes = input.ServiceTypes.Or([]).ToValueList(),
        };
        SubnetChecks.RefuseOddCidr(cidr);
        Check(subnet, NewSubnet, wasDhcp: false, settings);
        SubnetChecks.RefuseOverlap(edit.Current, network.Id, cidr);
        NetworkRules.RefuseSmallMtu(network, subnet.IpVersion);
        subnet = edit.Put(subnet with
        {
            AllocationPools = input.AllocationPools.IsGiven
                ? SubnetPools.Check(input.AllocationPools.Value, cidr, gateway)
                : SubnetPools.Default(cidr, gateway),
        });
        edit.Touch(network);
        GiveAutomaticAddresses(edit, subnet);
        RouterGateways.SubnetAdded(edit, subnet);
        return subnet;
    }

    public static Subnet Update(TopologyEdit edit, Subnet before, SubnetInput input, CloudSettings settings)
    {
        IpAddress? gateway = input.GatewayIp.IsGiven ? input.GatewayIp.Value : before.GatewayIp;
        bool dhcp = input.EnableDhcp.Or(before.EnableDhcp);
        if (!dhcp && before.EnableDhcp && (before.Ipv6AddressMode is not null || before.Ipv6RaMode is not null))
        {
            throw NeutronFault.InvalidInput("Cannot disable enable_dhcp with ipv6 attributes set.");
        }

        Subnet after = before with
        {
            Name = input.Name.Or(before.Name),
            Description = input.Description.Or(before.Description),
            GatewayIp = gateway,
            EnableDhcp = dhcp,
            HostRoutes = input.HostRoutes.IsGiven ? input.HostRoutes.Value.ToValueList() : before.HostRoutes,
            DnsNameservers = input.DnsNameservers.IsGiven ? input.DnsNameservers.Value.ToValueList() : before.DnsNameservers,
            ServiceTypes = input.ServiceTypes.IsGiven ? input.ServiceTypes.Value.ToValueList() : before.ServiceTypes,
        };
        Check(after, before.Id.ToString(), before.EnableDhcp, settings);
        if (gateway != before.GatewayIp)
        {
            RefuseGatewayInUse(edit.Current, before);
        }

        if (input.AllocationPools.IsGiven)
        {
            after = after with { AllocationPools = SubnetPools.Check(input.AllocationPools.Value, before.Cidr, gateway) };
        }
        else if (gateway != before.GatewayIp)
        {
            SubnetPools.RefuseGatewayInside(before.AllocationPools, gateway);
        }

        after = edit.Put(after);
        if (after != before && edit.Current.Networks.TryGetValue(before.NetworkId, out Network? network))
        {
            edit.Touch(network);
        }

        return after;
    }

    /// <summary>Addresses that ports formed by themselves, and those of service ports, go along; any other holds the subnet.</summary>
    public static void Delete(TopologyEdit edit, Subnet subnet)
    {
        Topology topology = edit.Current;
        Port[] holders = [.. topology.Allocations.OwnersIn(subnet.Id).Distinct().Order().Select(id => topology.Ports[id])];
        bool automatic = Ipam.IsAutomatic(subnet);
        if (holders.Any(port => !DeviceOwners.GoesWithNetwork(port.DeviceOwner) && (!automatic || DeviceOwners.IsRouterOwned(port.DeviceOwner))))
        {
            throw SubnetFaults.InUse(subnet.Id);
        }

        foreach (Port port in holders)
        {
            edit.Put(port with { FixedIps = port.FixedIps.Where(ip => ip.SubnetId != subnet.Id).ToValueList() });
        }

        edit.Remove(subnet);
        if (edit.Current.Networks.TryGetValue(subnet.NetworkId, out Network? network))
        {
            edit.Touch(network);
        }
    }

    /// <summary>The first address that an instance may have: x.1 of an IPv4 or IPv6 subnet, the first of a point-to-point one.</summary>
    private static IpAddress? DefaultGateway(IpPrefix cidr) => (cidr.Address.Bits - cidr.Length) switch
    {
        0 => cidr.First,
        1 when !cidr.IsIpv4 => cidr.First,
        _ => IpAddress.FromValue(cidr.First.Value + 1),
    };

    private static void Check(Subnet subnet, string name, bool wasDhcp, CloudSettings settings)
    {
        if (subnet.EnableDhcp && !wasDhcp)
        {
            SubnetChecks.RefuseDhcpUnfit(subnet.Cidr);
        }

        SubnetChecks.RefuseOddGateway(subnet.Cidr, subnet.GatewayIp);
        SubnetChecks.RefuseOddServers(name, subnet.Cidr, subnet.DnsNameservers, settings);
        SubnetChecks.RefuseOddRoutes(name, subnet.Cidr, subnet.HostRoutes, settings);
        SubnetChecks.RefuseOddModes(subnet.Cidr, subnet.Ipv6AddressMode, subnet.Ipv6RaMode, subnet.EnableDhcp);
    }

    private static void RefuseGatewayInUse(Topology topology, Subnet subnet)
    {
        if (subnet.GatewayIp is { } address
            && topology.Allocations.OwnerOf(subnet.Id, address) is { } holder
            && DeviceOwner.IsRouterInterface(topology.Ports[holder].DeviceOwner))
        {
            throw SubnetFaults.GatewayInUse(address, holder);
        }
    }

    /// <summary>Instances hear the new prefix advertised and form an address at once, so their ports must own it.</summary>
    private static void GiveAutomaticAddresses(TopologyEdit edit, Subnet subnet)
    {
        if (!Ipam.IsAutomatic(subnet))
        {
            return;
        }

        Topology topology = edit.Current;
        foreach (Guid id in topology.PortsByNetwork[subnet.NetworkId].Order())
        {
            Port port = topology.Ports[id];
            bool takes = !DeviceOwner.IsRouterInterface(port.DeviceOwner) && port.DeviceOwner != DeviceOwner.FloatingIp
                && (subnet.ServiceTypes.IsEmpty || subnet.ServiceTypes.Contains(port.DeviceOwner));
            if (takes)
            {
                FixedIp formed = new(subnet.Id, IpAddress.FromEui64(subnet.Cidr, port.MacAddress));
                edit.Put(port with { FixedIps = [.. port.FixedIps, formed] });
            }
        }
    }
}

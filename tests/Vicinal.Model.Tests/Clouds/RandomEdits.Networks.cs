using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Clouds;

/// <content>Networks and subnets.</content>
public sealed partial class RandomEdits
{
    private void AddNetwork()
    {
        if (Topology.Networks.Count < 9)
        {
            string type = Pick(["geneve", "geneve", "geneve", "vxlan", "gre", "vlan", "flat"])!;
            bool physical = type is "vlan" or "flat";
            Cloud.AddNetwork(type, physical ? Pick(["physnet1", "physnet2"]) : null, external: physical && Chance(40));
        }
    }

    private void ChangeNetwork()
    {
        if (Pick(Topology.Networks.Values) is { } network)
        {
            Cloud.Put(_random.Next(4) switch
            {
                3 => network with { DnsDomain = Pick(["", "blue.example.", "Green.example."])! },
                0 => network with { AdminStateUp = !network.AdminStateUp },
                1 => network with { Mtu = 1280 + _random.Next(3) },
                _ => network with { Name = $"n{_random.Next(3)}" },
            });
        }
    }

    private void RemoveNetwork()
    {
        if (Pick(Topology.Networks.Values.Where(n => !Topology.PortsByNetwork.Has(n.Id) && !Topology.SubnetsByNetwork.Has(n.Id))) is { } network)
        {
            Cloud.Remove(network);
        }
    }

    private void AddSubnet()
    {
        if (Topology.Subnets.Count < 20 && Pick(Topology.Networks.Values) is { } network)
        {
            _subnets++;
            Cloud.AddSubnet(network, Chance(70) ? $"10.{_subnets >> 8 & 255}.{_subnets & 255}.0/24" : $"2001:db8:0:{_subnets & 0xffff:x}::/64");
        }
    }

    private void ChangeSubnet()
    {
        if (Pick(Topology.Subnets.Values) is { } subnet)
        {
            IpAddress other = IpAddress.FromValue(subnet.Cidr.First.Value + (UInt128)_random.Next(1, 3));
            Cloud.Put(_random.Next(6) switch
            {
                3 => subnet with { DnsNameservers = Chance(50) ? [IpAddress.Parse("192.0.2.53"), IpAddress.Parse("192.0.2.54")] : default },
                4 => subnet with { HostRoutes = Chance(50) ? [new HostRoute(IpPrefix.Parse("192.0.2.0/24"), other)] : default },
                5 when !subnet.Cidr.IsIpv4 => subnet with { Ipv6RaMode = Chance(50) ? "slaac" : null, Ipv6AddressMode = Chance(50) ? "dhcpv6-stateless" : null },
                0 => subnet with { GatewayIp = subnet.GatewayIp is null ? other : null },
                1 => subnet with { GatewayIp = other },
                _ => subnet with { EnableDhcp = !subnet.EnableDhcp },
            });
        }
    }

    private void RemoveSubnet()
    {
        if (Pick(Topology.Subnets.Values.Where(s => Topology.Allocations.CountOf(s.Id) == 0)) is { } subnet)
        {
            Cloud.Remove(subnet);
        }
    }
}

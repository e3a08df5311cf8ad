using Vicinal.Datapath;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Agent.Metadata;

/// <summary>Says who asks, from the rows that the node has.</summary>
internal static class Requesters
{
    public static Requester Of(ServicePeer peer, InstanceView view)
    {
        InstanceRow instance = view.Instance;
        string hostName = instance.DnsDomain.Length == 0 ? instance.HostName : $"{instance.HostName}.{instance.DnsDomain}";
        return new Requester(peer.PortId, peer.Address, instance.DeviceId, instance.ProjectId, hostName)
        {
            Interfaces = [.. view.Ports.Select(InterfaceOf)],
        };
    }

    private static GuestInterface InterfaceOf(InstancePort port) => new(
        port.Port.PortId, port.Network.NetworkId, port.Port.Mac, port.Network.Mtu,
        [.. from address in port.Instance.Addresses
            from subnet in port.Subnets
            where subnet.SubnetId == address.SubnetId
            select AddressOf(address.Address, subnet)]);

    private static GuestAddress AddressOf(IpAddress address, SubnetRow subnet)
    {
        bool formed = subnet.Cidr.Address.IsIpv6 && subnet.AddressMode is Ipv6Mode.Slaac or Ipv6Mode.Stateless;
        bool given = subnet.EnableDhcp && (subnet.Cidr.Address.IsIpv4 || subnet.AddressMode == Ipv6Mode.Stateful);
        return new GuestAddress(
            address, subnet.Cidr, subnet.Gateway, given, formed, [.. subnet.HostRoutes.Select(route => (route.Destination, route.NextHop))], [.. subnet.DnsServers]);
    }
}

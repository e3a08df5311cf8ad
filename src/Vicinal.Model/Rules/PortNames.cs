using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Model.Rules;

/// <summary>What a port and its addresses are called in DNS, as dns_assignment shows it and DHCP tells it.</summary>
public static class PortNames
{
    /// <summary>The network's dns_domain, or else the cloud's.</summary>
    public static string DomainOf(Topology topology, Port port, string cloudDomain) =>
        topology.Networks.TryGetValue(port.NetworkId, out Network? network) && network.DnsDomain.Length > 0 ? network.DnsDomain : cloudDomain;

    /// <summary>host-10-0-0-3, the name that an address of an unnamed port has.</summary>
    public static string HostNameOf(Port port, IpAddress address) =>
        port.DnsName.Length > 0 ? port.DnsName : $"host-{address.ToString().Replace('.', '-').Replace(':', '-')}";

    /// <summary>The name of an instance that has one name only: after its first IPv4 address, or else its first, when it was given none.</summary>
    public static string HostNameOf(Port port)
    {
        if (port.DnsName.Length > 0 || port.FixedIps.IsEmpty)
        {
            return port.DnsName;
        }

        FixedIp first = port.FixedIps.FirstOrDefault(static ip => ip.Address.IsIpv4, port.FixedIps[0]);
        return HostNameOf(port, first.Address);
    }

    /// <summary>A name that ends with a dot is a full one already.</summary>
    public static string FullNameOf(string host, string domain) => host.EndsWith('.') ? host : $"{host}.{domain}";
}

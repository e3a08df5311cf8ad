using Vicinal.Packets;

namespace Vicinal.Agent.Metadata;

/// <summary>A port of the instance on this node.</summary>
internal sealed record GuestInterface(Guid PortId, Guid NetworkId, MacAddress Mac, int Mtu, IReadOnlyList<GuestAddress> Addresses);

/// <summary>A fixed IP, and what its subnet says.</summary>
/// <param name="Dhcp">The node gives it by DHCP.</param>
/// <param name="Advertised">The instance forms it by router advertisements.</param>
internal sealed record GuestAddress(
    IpAddress Address, IpPrefix Subnet, IpAddress? Gateway, bool Dhcp, bool Advertised, IReadOnlyList<(IpPrefix Destination, IpAddress NextHop)> Routes, IReadOnlyList<IpAddress> DnsServers);

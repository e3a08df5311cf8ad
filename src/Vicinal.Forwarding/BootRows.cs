using Vicinal.Packets;

namespace Vicinal.Forwarding;

/// <summary>How instances of an IPv6 subnet come by their addresses, as router advertisements or addresses of the subnet go (ipv6_ra_mode, ipv6_address_mode).</summary>
public enum Ipv6Mode : byte
{
    /// <summary>Not said: somebody else advertises, or addresses are given by hand.</summary>
    None = 0,
    Slaac = 1,
    Stateful = 2,
    Stateless = 3,
}

/// <summary>A host route of a subnet.</summary>
public readonly record struct SubnetRoute(IpPrefix Destination, IpAddress NextHop);

/// <summary>What instances of a subnet are told when they boot.</summary>
/// <param name="EnableDhcp">Its ports get answers of DHCP and, by the modes, router advertisements.</param>
public sealed record SubnetRow(
    Guid SubnetId,
    Guid NetworkId,
    IpPrefix Cidr,
    IpAddress? Gateway,
    bool EnableDhcp,
    ValueList<IpAddress> DnsServers,
    ValueList<SubnetRoute> HostRoutes,
    Ipv6Mode RaMode,
    Ipv6Mode AddressMode) : Row
{
    public override UnitId Unit => UnitId.Network(NetworkId);

    public override RowKey Key => new(RowKind.Subnet, SubnetId);

    public override Origin Origin => new(OriginKind.Subnet, SubnetId);
}

/// <summary>One of extra_dhcp_opts: what it says is octets already, as they go into the packet.</summary>
/// <param name="Code">The option's number, or <see cref="NextServer"/>.</param>
public readonly record struct DhcpOptionValue(bool Ipv6, ushort Code, ValueList<byte> Value)
{
    /// <summary>Not an option but the siaddr field of BOOTP: 0 pads, so that no option has it.</summary>
    public const ushort NextServer = 0;
}

/// <summary>A fixed IP and the subnet that it is of.</summary>
public readonly record struct SubnetAddress(Guid SubnetId, IpAddress Address);

/// <summary>Whose port it is and what it is told beyond its subnets: for DHCP and metadata, on the port's own node only.</summary>
/// <param name="DeviceId">The instance's id, as Nova gave it.</param>
/// <param name="HostName">dns_name, or host-10-0-0-5 after its first address; empty when it has neither.</param>
/// <param name="DnsDomain">Of the network, or else of the cloud; without its last dot.</param>
/// <param name="Addresses">The fixed IPs in the port's order.</param>
public sealed record InstanceRow(
    Guid PortId,
    string DeviceId,
    string ProjectId,
    string HostName,
    string DnsDomain,
    ValueList<SubnetAddress> Addresses,
    ValueList<DhcpOptionValue> Options) : Row
{
    public override UnitId Unit => UnitId.Port(PortId);

    public override RowKey Key => new(RowKind.Instance, PortId);

    public override Origin Origin => new(OriginKind.Port, PortId);
}

/// <summary>A name that a port has in its network.</summary>
/// <param name="FullName">With its domain, in lower case, without the last dot.</param>
public sealed record NameRow(Guid PortId, Guid NetworkId, string FullName, ValueList<IpAddress> Addresses) : Row
{
    public override UnitId Unit => UnitId.Network(NetworkId);

    public override RowKey Key => new(RowKind.Name, PortId);

    public override Origin Origin => new(OriginKind.Port, PortId);
}

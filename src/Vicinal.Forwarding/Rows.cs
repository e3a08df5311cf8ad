using Vicinal.Packets;

namespace Vicinal.Forwarding;

/// <summary>How a segment's frames travel between nodes.</summary>
public enum Encapsulation : byte
{
    Geneve = 1,
    Vxlan = 2,
    Gre = 3,
    Vlan = 4,
    Flat = 5,
}

/// <summary>A node and where its tunnels end. Keyed by the agent's id; ports name their node by <see cref="Host"/>.</summary>
public sealed record NodeRow(Guid NodeId, string Host, IpAddress TunnelAddress) : Row
{
    public override UnitId Unit => UnitId.Directory;

    public override RowKey Key => new(RowKind.Node, NodeId);

    public override Origin Origin => new(OriginKind.Node, NodeId);
}

/// <summary>A network as a layer-2 segment.</summary>
/// <param name="Vni">Tunnel key of the network, 24 bits, GRE's 32; 0 for flat and VLAN.</param>
/// <param name="PhysicalNetwork">The bridge mapping's name for flat and VLAN; null for tunnels.</param>
/// <param name="VlanId">802.1Q id, 0 where frames are untagged.</param>
/// <param name="Mtu">Largest layer-3 packet in bytes.</param>
public sealed record SegmentRow(
    Guid NetworkId, Encapsulation Encapsulation, uint Vni, string? PhysicalNetwork, ushort VlanId, int Mtu, bool External, bool AdminUp) : Row
{
    public bool IsTunnelled => Encapsulation is Encapsulation.Geneve or Encapsulation.Vxlan or Encapsulation.Gre;

    public override UnitId Unit => UnitId.Network(NetworkId);

    public override RowKey Key => new(RowKind.Segment, NetworkId);

    public override Origin Origin => new(OriginKind.Network, NetworkId);
}

/// <summary>
/// Where a port of a tunnelled network is: the four things that other nodes need. Router interfaces are not endpoints, since
/// every node answers for them. Flat and VLAN networks have none: there the wire is learnt.
/// </summary>
/// <param name="PortKey">The network-unique key that travels in the Geneve option as a hint; never trusted for delivery.</param>
/// <param name="Addresses">Fixed IPs, then single addresses of allowed address pairs.</param>
/// <param name="Host">The node, or null while the port is unbound.</param>
/// <param name="AnyAddress">Port security is off: unknown unicast of the segment goes to this port too.</param>
/// <param name="PairMacs">Other MACs of its allowed address pairs, which several ports may share.</param>
public sealed record EndpointRow(
    Guid NetworkId,
    Guid PortId,
    uint PortKey,
    MacAddress Mac,
    ValueList<IpAddress> Addresses,
    string? Host,
    bool AnyAddress,
    ValueList<MacAddress> PairMacs = default) : Row
{
    public override UnitId Unit => UnitId.Network(NetworkId);

    public override RowKey Key => new(RowKind.Endpoint, PortId);

    public override Origin Origin => new(OriginKind.Port, PortId);
}

/// <summary>A source that a port may send from besides its own MAC and fixed IPs.</summary>
public readonly record struct AllowedPair(MacAddress Mac, IpPrefix Prefix);

/// <summary>What the port's own node needs to know to wire it and to filter for it.</summary>
/// <param name="Addresses">The fixed IPs.</param>
/// <param name="SecurityGroups">The filters that apply, by security group id. Empty with port security on: nothing passes.</param>
public sealed record LocalPortRow(
    Guid PortId,
    Guid NetworkId,
    string Host,
    uint PortKey,
    MacAddress Mac,
    ValueList<IpAddress> Addresses,
    ValueList<AllowedPair> AllowedPairs,
    bool PortSecurity,
    bool AdminUp,
    ValueList<Guid> SecurityGroups) : Row
{
    /// <summary>The interface that the agent wires, named as Nova and every Neutron agent name it.</summary>
    public string DeviceName => DeviceNameOf(PortId);

    public override UnitId Unit => UnitId.Port(PortId);

    public override RowKey Key => new(RowKind.LocalPort, PortId);

    public override Origin Origin => new(OriginKind.Port, PortId);

    public static string DeviceNameOf(Guid portId) => string.Concat("tap", portId.ToString().AsSpan(0, 11));
}

/// <summary>A node that may serve what of a router is not distributed; the live one of highest priority does.</summary>
public readonly record struct GatewayNode(string Host, int Priority);

/// <summary>For how long a gateway node may go on serving without being confirmed.</summary>
public enum GatewayLease : byte
{
    /// <summary>For ever: no other node could take its place.</summary>
    None = 0,

    /// <summary>Tens of milliseconds: a standby waits for it to run out.</summary>
    Short = 1,

    /// <summary>Half a minute: the server may schedule another node when it hears nothing of this one.</summary>
    Long = 2,
}

/// <summary>A virtual router. Its interfaces, routes, gateway and NAT are rows of their own in the same unit.</summary>
/// <param name="TransitVni">The tunnel key in which its traffic travels between a compute and its gateway node.</param>
/// <param name="Distributed">Each node routes for its own ports. False: the gateway node that serves routes everything.</param>
/// <param name="GatewayNodes">By falling priority; empty while nothing is scheduled.</param>
/// <param name="Schedule">Rises when the gateway nodes change: the upper half of the epoch under which one of them serves.</param>
public sealed record RouterRow(
    Guid RouterId, uint TransitVni, bool AdminUp, bool Distributed, ValueList<GatewayNode> GatewayNodes = default, GatewayLease Lease = GatewayLease.None, uint Schedule = 0) : Row
{
    public override UnitId Unit => UnitId.Router(RouterId);

    public override RowKey Key => new(RowKind.Router, RouterId);

    public override Origin Origin => new(OriginKind.Router, RouterId);
}

/// <summary>An address of a router and the on-link prefix around it.</summary>
public readonly record struct InterfaceAddress(IpAddress Address, int PrefixLength)
{
    public IpPrefix Prefix => new(Address, PrefixLength);
}

public sealed record RouterInterfaceRow(
    Guid RouterId, Guid PortId, Guid NetworkId, MacAddress Mac, ValueList<InterfaceAddress> Addresses) : Row
{
    public override UnitId Unit => UnitId.Router(RouterId);

    public override RowKey Key => new(RowKind.RouterInterface, PortId);

    public override Origin Origin => new(OriginKind.Port, PortId);
}

/// <summary>An extra route.</summary>
public sealed record RouteRow(Guid RouterId, IpPrefix Destination, IpAddress NextHop) : Row
{
    public override UnitId Unit => UnitId.Router(RouterId);

    public override RowKey Key => new(RowKind.Route, RouterId, Destination, NextHop);

    public override Origin Origin => new(OriginKind.Router, RouterId);
}

/// <summary>A router's port on its external network.</summary>
/// <param name="Addresses">The gateway port's addresses; the first IPv4 one is the SNAT address.</param>
/// <param name="NextHops">The external subnets' gateways, one per family at most.</param>
public sealed record ExternalGatewayRow(
    Guid RouterId,
    Guid PortId,
    Guid NetworkId,
    MacAddress Mac,
    ValueList<InterfaceAddress> Addresses,
    ValueList<IpAddress> NextHops,
    bool EnableSnat) : Row
{
    public override UnitId Unit => UnitId.Router(RouterId);

    public override RowKey Key => new(RowKind.ExternalGateway, RouterId);

    public override Origin Origin => new(OriginKind.Port, PortId);
}

/// <summary>A floating IP: 1:1 NAT on the owner node. Nobody answers where there is neither an owner host nor the gateway.</summary>
/// <param name="ExternalMac">The MAC of the floating IP's own port; it answers and announces with it.</param>
/// <param name="OwnerHost">The port's node, where that reaches the external network.</param>
/// <param name="AtGateway">The node that serves the router's gateway owns it; there is no owner host then.</param>
public sealed record StaticNatRow(
    Guid RouterId,
    Guid FloatingIpId,
    Guid ExternalNetworkId,
    IpAddress ExternalAddress,
    MacAddress ExternalMac,
    IpAddress FixedAddress,
    Guid PortId,
    Guid PortNetworkId,
    string? OwnerHost,
    bool AtGateway = false) : Row
{
    public override UnitId Unit => UnitId.Router(RouterId);

    public override RowKey Key => new(RowKind.StaticNat, FloatingIpId);

    public override Origin Origin => new(OriginKind.FloatingIp, FloatingIpId);
}

/// <summary>How gateway nodes are watched and replaced, the same for the whole cloud. Without the row the first gateway node of each router serves.</summary>
/// <param name="Witnesses">The hosts of which a majority confirms who serves; an odd number.</param>
/// <param name="Version">Rises with each change of the witnesses, which is by one member at a time.</param>
/// <param name="IntervalMilliseconds">Between two packets of BFD among a router's gateway nodes, and between two renewals of a lease.</param>
/// <param name="Multiplier">So many packets may be missing.</param>
/// <param name="LeaseMilliseconds">The short lease's period.</param>
/// <param name="HoldSeconds">A node of higher priority is well for so long before it takes a router back.</param>
/// <param name="Preempt">It takes routers back at all.</param>
public sealed record GatewayPolicyRow(
    ValueList<string> Witnesses, uint Version, int IntervalMilliseconds, int Multiplier, int LeaseMilliseconds, int HoldSeconds, bool Preempt) : Row
{
    public override UnitId Unit => UnitId.Directory;

    public override RowKey Key => new(RowKind.GatewayPolicy, Guid.Empty);

    public override Origin Origin => default;
}

public enum FilterDirection : byte
{
    /// <summary>Towards the instance.</summary>
    Ingress = 1,

    /// <summary>From the instance.</summary>
    Egress = 2,
}

/// <summary>The head of a security group; present even when it has no rules.</summary>
public sealed record FilterGroupRow(Guid GroupId, bool Stateful) : Row
{
    public override UnitId Unit => UnitId.Filter(GroupId);

    public override RowKey Key => new(RowKind.FilterGroup, GroupId);

    public override Origin Origin => new(OriginKind.SecurityGroup, GroupId);
}

/// <summary>An allow rule. A null field matches everything of its kind.</summary>
/// <param name="Protocol">IP protocol number.</param>
/// <param name="RangeMin">Lowest destination port; for ICMP the type.</param>
/// <param name="RangeMax">Highest destination port; for ICMP the code.</param>
public sealed record FilterRuleRow(
    Guid GroupId,
    Guid RuleId,
    FilterDirection Direction,
    bool Ipv6,
    byte? Protocol,
    ushort? RangeMin,
    ushort? RangeMax,
    IpPrefix? RemotePrefix,
    Guid? RemoteGroup) : Row
{
    public override UnitId Unit => UnitId.Filter(GroupId);

    public override RowKey Key => new(RowKind.FilterRule, RuleId);

    public override Origin Origin => new(OriginKind.SecurityGroupRule, RuleId);
}

/// <summary>The addresses that one port contributes to the address set of one of its groups.</summary>
public sealed record AddressSetMemberRow(Guid GroupId, Guid PortId, ValueList<IpPrefix> Prefixes) : Row
{
    public override UnitId Unit => UnitId.AddressSet(GroupId);

    public override RowKey Key => new(RowKind.AddressSetMember, PortId);

    public override Origin Origin => new(OriginKind.Port, PortId);
}

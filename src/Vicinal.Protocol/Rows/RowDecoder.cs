using Google.Protobuf.Collections;
using Vicinal.Forwarding;
using Vicinal.Packets;
using static Vicinal.Protocol.Rows.WireValues;

namespace Vicinal.Protocol.Rows;

/// <summary>
/// Messages as forwarding rows. Fails closed: a value out of its range, or an enumeration's value that this program does not
/// know, refuses the row, since a rule read as something wider than it is would let through what it must not.
/// </summary>
internal static class RowDecoder
{
    private const uint MaxVni = 0xFF_FFFF;
    private const ushort MaxVlan = 4094;

    public static Row Decode(Wire.Row row) => row.KindCase switch
    {
        Wire.Row.KindOneofCase.Node => Decode(row.Node),
        Wire.Row.KindOneofCase.Segment => Decode(row.Segment),
        Wire.Row.KindOneofCase.Endpoint => Decode(row.Endpoint),
        Wire.Row.KindOneofCase.LocalPort => Decode(row.LocalPort),
        Wire.Row.KindOneofCase.Router => Decode(row.Router),
        Wire.Row.KindOneofCase.RouterInterface => Decode(row.RouterInterface),
        Wire.Row.KindOneofCase.Route => Decode(row.Route),
        Wire.Row.KindOneofCase.ExternalGateway => Decode(row.ExternalGateway),
        Wire.Row.KindOneofCase.StaticNat => Decode(row.StaticNat),
        Wire.Row.KindOneofCase.FilterGroup => Decode(row.FilterGroup),
        Wire.Row.KindOneofCase.FilterRule => Decode(row.FilterRule),
        Wire.Row.KindOneofCase.AddressSetMember => Decode(row.AddressSetMember),
        Wire.Row.KindOneofCase.GatewayPolicy => Decode(row.GatewayPolicy),
        Wire.Row.KindOneofCase.Subnet => Decode(row.Subnet),
        Wire.Row.KindOneofCase.Instance => Decode(row.Instance),
        Wire.Row.KindOneofCase.Name => Decode(row.Name),
        _ => throw new WireFault("a row of a kind that this program does not know"),
    };

    private static NodeRow Decode(Wire.Node r) => new(Id(r.NodeId), r.Host, Address(r.TunnelAddress));

    private static SegmentRow Decode(Wire.Segment r)
    {
        Encapsulation encapsulation = (Encapsulation)Octet(r.Encapsulation);
        if (!Enum.IsDefined(encapsulation) || (r.Vni > MaxVni && encapsulation != Encapsulation.Gre) || r.VlanId > MaxVlan || r.Mtu > int.MaxValue)
        {
            throw new WireFault($"a segment of encapsulation {r.Encapsulation}, VNI {r.Vni}, VLAN {r.VlanId}, MTU {r.Mtu}");
        }

        return new SegmentRow(
            Id(r.NetworkId),
            encapsulation,
            r.Vni,
            r.HasPhysicalNetwork ? r.PhysicalNetwork : null,
            (ushort)r.VlanId,
            (int)r.Mtu,
            r.External,
            r.AdminUp);
    }

    private static EndpointRow Decode(Wire.Endpoint r) => new(
        Id(r.NetworkId), Id(r.PortId), r.PortKey, Mac(r.Mac), Addresses(r.Addresses), r.HasHost ? r.Host : null, r.AnyAddress,
        r.PairMacs.Select(Mac).ToValueList());

    private static LocalPortRow Decode(Wire.LocalPort r) => new(
        Id(r.PortId),
        Id(r.NetworkId),
        r.Host,
        r.PortKey,
        Mac(r.Mac),
        Addresses(r.Addresses),
        r.AllowedPairs.Select(pair => new AllowedPair(Mac(pair.Mac), Prefix(pair.Prefix))).ToValueList(),
        r.PortSecurity,
        r.AdminUp,
        Ids(r.SecurityGroups));

    private static RouterRow Decode(Wire.Router r)
    {
        GatewayLease lease = (GatewayLease)Octet(r.Lease);
        if (r.TransitVni > MaxVni || !Enum.IsDefined(lease))
        {
            throw new WireFault($"a router of transit VNI {r.TransitVni}, lease {r.Lease}");
        }

        ValueList<GatewayNode> nodes = r.GatewayNodes.Select(node => new GatewayNode(node.Host, node.Priority)).ToValueList();
        return new RouterRow(Id(r.RouterId), r.TransitVni, r.AdminUp, r.Distributed, nodes, lease, r.Schedule);
    }

    private static GatewayPolicyRow Decode(Wire.GatewayPolicy r) => new(
        r.Witnesses.ToValueList(),
        r.Version,
        Count("interval", r.IntervalMilliseconds, 60_000),
        Count("multiplier", r.Multiplier, 255),
        Count("lease", r.LeaseMilliseconds, 600_000),
        Count("hold time", r.HoldSeconds, 86_400),
        r.Preempt);

    private static int Count(string what, uint value, uint most) =>
        value <= most ? (int)value : throw new WireFault($"a gateway policy's {what} of {value}");

    private static RouterInterfaceRow Decode(Wire.RouterInterface r) =>
        new(Id(r.RouterId), Id(r.PortId), Id(r.NetworkId), Mac(r.Mac), Interfaces(r.Addresses));

    private static RouteRow Decode(Wire.Route r) => new(Id(r.RouterId), Prefix(r.Destination), Address(r.NextHop));

    private static ExternalGatewayRow Decode(Wire.ExternalGateway r) => new(
        Id(r.RouterId),
        Id(r.PortId),
        Id(r.NetworkId),
        Mac(r.Mac),
        Interfaces(r.Addresses),
        Addresses(r.NextHops),
        r.EnableSnat);

    private static StaticNatRow Decode(Wire.StaticNat r) => new(
        Id(r.RouterId),
        Id(r.FloatingIpId),
        Id(r.ExternalNetworkId),
        Address(r.ExternalAddress),
        Mac(r.ExternalMac),
        Address(r.FixedAddress),
        Id(r.PortId),
        Id(r.PortNetworkId),
        r.HasOwnerHost ? r.OwnerHost : null,
        r.AtGateway);

    private static FilterGroupRow Decode(Wire.FilterGroup r) => new(Id(r.GroupId), r.Stateful);

    private static FilterRuleRow Decode(Wire.FilterRule r)
    {
        FilterDirection direction = (FilterDirection)Octet(r.Direction);
        if (!Enum.IsDefined(direction))
        {
            throw new WireFault($"a rule of direction {r.Direction}");
        }

        return new FilterRuleRow(
            Id(r.GroupId),
            Id(r.RuleId),
            direction,
            r.Ipv6,
            r.HasProtocol ? Octet(r.Protocol) : null,
            r.HasRangeMin ? UInt16(r.RangeMin) : null,
            r.HasRangeMax ? UInt16(r.RangeMax) : null,
            r.HasRemotePrefix ? Prefix(r.RemotePrefix) : null,
            r.HasRemoteGroup ? Id(r.RemoteGroup) : null);
    }

    private static AddressSetMemberRow Decode(Wire.AddressSetMember r) => new(Id(r.GroupId), Id(r.PortId), Prefixes(r.Prefixes));

    private static SubnetRow Decode(Wire.Subnet r)
    {
        Ipv6Mode ra = (Ipv6Mode)Octet(r.RaMode);
        Ipv6Mode address = (Ipv6Mode)Octet(r.AddressMode);
        if (!Enum.IsDefined(ra) || !Enum.IsDefined(address))
        {
            throw new WireFault($"a subnet of RA mode {r.RaMode}, address mode {r.AddressMode}");
        }

        return new SubnetRow(
            Id(r.SubnetId),
            Id(r.NetworkId),
            Prefix(r.Cidr),
            r.HasGateway ? Address(r.Gateway) : null,
            r.EnableDhcp,
            Addresses(r.DnsServers),
            r.HostRoutes.Select(route => new SubnetRoute(Prefix(route.Destination), Address(route.NextHop))).ToValueList(),
            ra,
            address);
    }

    private static InstanceRow Decode(Wire.Instance r) => new(
        Id(r.PortId),
        r.DeviceId,
        r.ProjectId,
        r.HostName,
        r.DnsDomain,
        r.Addresses.Select(a => new SubnetAddress(Id(a.SubnetId), Address(a.Address))).ToValueList(),
        r.Options.Select(o => new DhcpOptionValue(o.Ipv6, UInt16(o.Code), ValueList.Create(o.Value.Span))).ToValueList());

    private static NameRow Decode(Wire.Name r) => new(Id(r.PortId), Id(r.NetworkId), r.FullName, Addresses(r.Addresses));

    private static ValueList<InterfaceAddress> Interfaces(RepeatedField<Wire.InterfaceAddress> list) => list.Select(Interface).ToValueList();

    private static InterfaceAddress Interface(Wire.InterfaceAddress r)
    {
        IpAddress address = Address(r.Address);
        return r.PrefixLength <= address.Bits
            ? new InterfaceAddress(address, (int)r.PrefixLength)
            : throw new WireFault($"a prefix length of {r.PrefixLength}");
    }
}

using Google.Protobuf;
using Google.Protobuf.Collections;
using Vicinal.Forwarding;
using Vicinal.Packets;
using static Vicinal.Protocol.Rows.WireValues;

namespace Vicinal.Protocol.Rows;

/// <summary>Forwarding rows as messages; <see cref="RowDecoder"/> is the way back.</summary>
internal static class RowEncoder
{
    public static Wire.Row Encode(Row row) => row switch
    {
        NodeRow r => new Wire.Row { Node = Encode(r) },
        SegmentRow r => new Wire.Row { Segment = Encode(r) },
        EndpointRow r => new Wire.Row { Endpoint = Encode(r) },
        LocalPortRow r => new Wire.Row { LocalPort = Encode(r) },
        RouterRow r => new Wire.Row { Router = Encode(r) },
        RouterInterfaceRow r => new Wire.Row { RouterInterface = Encode(r) },
        RouteRow r => new Wire.Row { Route = Encode(r) },
        ExternalGatewayRow r => new Wire.Row { ExternalGateway = Encode(r) },
        StaticNatRow r => new Wire.Row { StaticNat = Encode(r) },
        FilterGroupRow r => new Wire.Row { FilterGroup = Encode(r) },
        FilterRuleRow r => new Wire.Row { FilterRule = Encode(r) },
        AddressSetMemberRow r => new Wire.Row { AddressSetMember = Encode(r) },
        GatewayPolicyRow r => new Wire.Row { GatewayPolicy = Encode(r) },
        SubnetRow r => new Wire.Row { Subnet = Encode(r) },
        InstanceRow r => new Wire.Row { Instance = Encode(r) },
        NameRow r => new Wire.Row { Name = Encode(r) },
        _ => throw new WireFault($"no message for a {row.GetType().Name}"),
    };

    private static Wire.Node Encode(NodeRow r) => new() { NodeId = Of(r.NodeId), Host = r.Host, TunnelAddress = Of(r.TunnelAddress) };

    private static Wire.Segment Encode(SegmentRow r)
    {
        Wire.Segment segment = new()
        {
            NetworkId = Of(r.NetworkId),
            Encapsulation = (uint)r.Encapsulation,
            Vni = r.Vni,
            VlanId = r.VlanId,
            Mtu = checked((uint)r.Mtu),
            External = r.External,
            AdminUp = r.AdminUp,
        };
        if (r.PhysicalNetwork is not null)
        {
            segment.PhysicalNetwork = r.PhysicalNetwork;
        }

        return segment;
    }

    private static Wire.Endpoint Encode(EndpointRow r)
    {
        Wire.Endpoint endpoint = new()
        {
            NetworkId = Of(r.NetworkId),
            PortId = Of(r.PortId),
            PortKey = r.PortKey,
            Mac = r.Mac.Value,
            AnyAddress = r.AnyAddress,
        };
        Add(endpoint.Addresses, r.Addresses);
        foreach (MacAddress mac in r.PairMacs)
        {
            endpoint.PairMacs.Add(mac.Value);
        }

        if (r.Host is not null)
        {
            endpoint.Host = r.Host;
        }

        return endpoint;
    }

    private static Wire.LocalPort Encode(LocalPortRow r)
    {
        Wire.LocalPort port = new()
        {
            PortId = Of(r.PortId),
            NetworkId = Of(r.NetworkId),
            Host = r.Host,
            PortKey = r.PortKey,
            Mac = r.Mac.Value,
            PortSecurity = r.PortSecurity,
            AdminUp = r.AdminUp,
        };
        Add(port.Addresses, r.Addresses);
        foreach (AllowedPair pair in r.AllowedPairs)
        {
            port.AllowedPairs.Add(new Wire.AllowedPair { Mac = pair.Mac.Value, Prefix = Of(pair.Prefix) });
        }

        foreach (Guid group in r.SecurityGroups)
        {
            port.SecurityGroups.Add(Of(group));
        }

        return port;
    }

    private static Wire.Router Encode(RouterRow r)
    {
        Wire.Router router = new()
        {
            RouterId = Of(r.RouterId),
            TransitVni = r.TransitVni,
            AdminUp = r.AdminUp,
            Distributed = r.Distributed,
            Lease = (uint)r.Lease,
            Schedule = r.Schedule,
        };
        foreach (GatewayNode node in r.GatewayNodes)
        {
            router.GatewayNodes.Add(new Wire.GatewayNode { Host = node.Host, Priority = node.Priority });
        }

        return router;
    }

    private static Wire.GatewayPolicy Encode(GatewayPolicyRow r)
    {
        Wire.GatewayPolicy policy = new()
        {
            Version = r.Version,
            IntervalMilliseconds = checked((uint)r.IntervalMilliseconds),
            Multiplier = checked((uint)r.Multiplier),
            LeaseMilliseconds = checked((uint)r.LeaseMilliseconds),
            HoldSeconds = checked((uint)r.HoldSeconds),
            Preempt = r.Preempt,
        };
        foreach (string witness in r.Witnesses)
        {
            policy.Witnesses.Add(witness);
        }

        return policy;
    }

    private static Wire.RouterInterface Encode(RouterInterfaceRow r)
    {
        Wire.RouterInterface result = new()
        {
            RouterId = Of(r.RouterId),
            PortId = Of(r.PortId),
            NetworkId = Of(r.NetworkId),
            Mac = r.Mac.Value,
        };
        Add(result.Addresses, r.Addresses);
        return result;
    }

    private static Wire.Route Encode(RouteRow r) =>
        new() { RouterId = Of(r.RouterId), Destination = Of(r.Destination), NextHop = Of(r.NextHop) };

    private static Wire.ExternalGateway Encode(ExternalGatewayRow r)
    {
        Wire.ExternalGateway gateway = new()
        {
            RouterId = Of(r.RouterId),
            PortId = Of(r.PortId),
            NetworkId = Of(r.NetworkId),
            Mac = r.Mac.Value,
            EnableSnat = r.EnableSnat,
        };
        Add(gateway.Addresses, r.Addresses);
        Add(gateway.NextHops, r.NextHops);
        return gateway;
    }

    private static Wire.StaticNat Encode(StaticNatRow r)
    {
        Wire.StaticNat nat = new()
        {
            RouterId = Of(r.RouterId),
            FloatingIpId = Of(r.FloatingIpId),
            ExternalNetworkId = Of(r.ExternalNetworkId),
            ExternalAddress = Of(r.ExternalAddress),
            ExternalMac = r.ExternalMac.Value,
            FixedAddress = Of(r.FixedAddress),
            PortId = Of(r.PortId),
            PortNetworkId = Of(r.PortNetworkId),
            AtGateway = r.AtGateway,
        };
        if (r.OwnerHost is not null)
        {
            nat.OwnerHost = r.OwnerHost;
        }

        return nat;
    }

    private static Wire.FilterGroup Encode(FilterGroupRow r) => new() { GroupId = Of(r.GroupId), Stateful = r.Stateful };

    private static Wire.FilterRule Encode(FilterRuleRow r)
    {
        Wire.FilterRule rule = new()
        {
            GroupId = Of(r.GroupId),
            RuleId = Of(r.RuleId),
            Direction = (uint)r.Direction,
            Ipv6 = r.Ipv6,
        };

        // A field that is not set matches everything, so presence is told apart from zero.
        if (r.Protocol is { } protocol)
        {
            rule.Protocol = protocol;
        }

        if (r.RangeMin is { } min)
        {
            rule.RangeMin = min;
        }

        if (r.RangeMax is { } max)
        {
            rule.RangeMax = max;
        }

        if (r.RemotePrefix is { } prefix)
        {
            rule.RemotePrefix = Of(prefix);
        }

        if (r.RemoteGroup is { } group)
        {
            rule.RemoteGroup = Of(group);
        }

        return rule;
    }

    private static Wire.AddressSetMember Encode(AddressSetMemberRow r)
    {
        Wire.AddressSetMember member = new() { GroupId = Of(r.GroupId), PortId = Of(r.PortId) };
        foreach (IpPrefix prefix in r.Prefixes)
        {
            member.Prefixes.Add(Of(prefix));
        }

        return member;
    }

    private static Wire.Subnet Encode(SubnetRow r)
    {
        Wire.Subnet subnet = new()
        {
            SubnetId = Of(r.SubnetId),
            NetworkId = Of(r.NetworkId),
            Cidr = Of(r.Cidr),
            EnableDhcp = r.EnableDhcp,
            RaMode = (uint)r.RaMode,
            AddressMode = (uint)r.AddressMode,
        };
        if (r.Gateway is { } gateway)
        {
            subnet.Gateway = Of(gateway);
        }

        Add(subnet.DnsServers, r.DnsServers);
        foreach (SubnetRoute route in r.HostRoutes)
        {
            subnet.HostRoutes.Add(new Wire.SubnetRoute { Destination = Of(route.Destination), NextHop = Of(route.NextHop) });
        }

        return subnet;
    }

    private static Wire.Instance Encode(InstanceRow r)
    {
        Wire.Instance instance = new()
        {
            PortId = Of(r.PortId),
            DeviceId = r.DeviceId,
            ProjectId = r.ProjectId,
            HostName = r.HostName,
            DnsDomain = r.DnsDomain,
        };
        foreach (SubnetAddress address in r.Addresses)
        {
            instance.Addresses.Add(new Wire.SubnetAddress { SubnetId = Of(address.SubnetId), Address = Of(address.Address) });
        }

        foreach (DhcpOptionValue option in r.Options)
        {
            instance.Options.Add(new Wire.DhcpOption { Ipv6 = option.Ipv6, Code = option.Code, Value = ByteString.CopyFrom(option.Value.Span) });
        }

        return instance;
    }

    private static Wire.Name Encode(NameRow r)
    {
        Wire.Name name = new() { PortId = Of(r.PortId), NetworkId = Of(r.NetworkId), FullName = r.FullName };
        Add(name.Addresses, r.Addresses);
        return name;
    }

    private static void Add(RepeatedField<ByteString> target, ValueList<IpAddress> addresses)
    {
        foreach (IpAddress address in addresses)
        {
            target.Add(Of(address));
        }
    }

    private static void Add(RepeatedField<Wire.InterfaceAddress> target, ValueList<InterfaceAddress> addresses)
    {
        foreach (InterfaceAddress address in addresses)
        {
            target.Add(new Wire.InterfaceAddress { Address = Of(address.Address), PrefixLength = (uint)address.PrefixLength });
        }
    }
}

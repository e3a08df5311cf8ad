using Vicinal.Packets;

namespace Vicinal.Forwarding;

/// <summary>Rows as one line of text each, for dumps, golden files and people. Unit and origin are left to whoever prints.</summary>
public static class RowText
{
    public static string Of(Row row) => row switch
    {
        NodeRow r => $"node {r.NodeId} {r.Host} tunnel {r.TunnelAddress}",
        SegmentRow r => $"segment {Wire(r)} mtu {r.Mtu}{When(r.External, " external")}{When(!r.AdminUp, " down")}",
        EndpointRow r => $"endpoint {r.PortId} key {r.PortKey} {r.Mac} {r.Addresses} at {r.Host ?? "-"}{When(r.AnyAddress, " any-address")}{When(!r.PairMacs.IsEmpty, $" pairs {r.PairMacs}")}",
        LocalPortRow r => Local(r),
        RouterRow r => Router(r),
        RouterInterfaceRow r => $"interface {r.PortId} network {r.NetworkId} {r.Mac} {Addresses(r.Addresses)}",
        RouteRow r => $"route {r.Destination} via {r.NextHop}",
        ExternalGatewayRow r => Gateway(r),
        StaticNatRow r => $"static-nat {r.FloatingIpId} {r.ExternalAddress} {r.ExternalMac} network {r.ExternalNetworkId}"
            + $" to {r.FixedAddress} port {r.PortId} network {r.PortNetworkId} owner {(r.AtGateway ? "gateway" : r.OwnerHost ?? "-")}",
        FilterGroupRow r => $"group {(r.Stateful ? "stateful" : "stateless")}",
        FilterRuleRow r => Rule(r),
        AddressSetMemberRow r => $"member {r.PortId} {r.Prefixes}",
        GatewayPolicyRow r => $"gateway-policy witnesses {r.Witnesses} version {r.Version} bfd {r.IntervalMilliseconds} ms x {r.Multiplier}"
            + $" lease {r.LeaseMilliseconds} ms hold {r.HoldSeconds} s{When(r.Preempt, " preempt")}",
        SubnetRow r => Subnet(r),
        InstanceRow r => $"instance {r.DeviceId} project {r.ProjectId} name {r.HostName} domain {r.DnsDomain} {r.Addresses.Select(static a => a.Address).ToValueList()}"
            + When(!r.Options.IsEmpty, $" options {r.Options.Select(Option).ToValueList()}"),
        NameRow r => $"name {r.FullName} {r.Addresses} port {r.PortId}",
        _ => throw new ArgumentOutOfRangeException(nameof(row), row, "a row of an unknown kind"),
    };

    private static string Wire(SegmentRow row)
    {
        string encapsulation = row.Encapsulation.ToString().ToLowerInvariant();
        return row.IsTunnelled ? $"{encapsulation} {row.Vni}" : $"{encapsulation} {row.PhysicalNetwork} {row.VlanId}";
    }

    private static string Local(LocalPortRow row)
    {
        ValueList<string> pairs = row.AllowedPairs.Select(static p => $"{p.Mac}={p.Prefix}").ToValueList();
        return $"port {row.DeviceName} network {row.NetworkId} at {row.Host} key {row.PortKey} {row.Mac} {row.Addresses}"
            + $" pairs {pairs} groups {row.SecurityGroups}{When(!row.PortSecurity, " no-port-security")}{When(!row.AdminUp, " down")}";
    }

    private static string Router(RouterRow row)
    {
        ValueList<string> nodes = row.GatewayNodes.Select(static n => $"{n.Host}={n.Priority}").ToValueList();
        return $"router transit {row.TransitVni} nodes {nodes} schedule {row.Schedule} lease {row.Lease.ToString().ToLowerInvariant()}"
            + $"{When(row.Distributed, " distributed")}{When(!row.AdminUp, " down")}";
    }

    private static string Gateway(ExternalGatewayRow row) =>
        $"gateway {row.PortId} network {row.NetworkId} {row.Mac} {Addresses(row.Addresses)} via {row.NextHops}{When(row.EnableSnat, " snat")}";

    private static string Rule(FilterRuleRow row)
    {
        string protocol = row.Protocol is { } number ? $" protocol {number}" : "";
        string range = row.RangeMin is null && row.RangeMax is null ? "" : $" range {row.RangeMin}-{row.RangeMax}";
        string prefix = row.RemotePrefix is { } remote ? $" remote {remote}" : "";
        string group = row.RemoteGroup is { } id ? $" remote group {id}" : "";
        return $"rule {row.RuleId} {row.Direction.ToString().ToLowerInvariant()} {(row.Ipv6 ? "ipv6" : "ipv4")}{protocol}{range}{prefix}{group}";
    }

    private static string Subnet(SubnetRow row)
    {
        ValueList<string> routes = row.HostRoutes.Select(static r => $"{r.Destination}={r.NextHop}").ToValueList();
        string modes = row.Cidr.IsIpv4 ? "" : $" ra {row.RaMode.ToString().ToLowerInvariant()} address {row.AddressMode.ToString().ToLowerInvariant()}";
        return $"subnet {row.SubnetId} {row.Cidr} gateway {row.Gateway?.ToString() ?? "-"}{modes} dns {row.DnsServers} routes {routes}{When(!row.EnableDhcp, " no-dhcp")}";
    }

    private static string Option(DhcpOptionValue option) => $"{(option.Ipv6 ? "v6" : "v4")}:{option.Code}={Convert.ToHexString(option.Value.Span)}";

    private static ValueList<string> Addresses(ValueList<InterfaceAddress> addresses) =>
        addresses.Select(static a => $"{a.Address}/{a.PrefixLength}").ToValueList();

    private static string When(bool condition, string text) => condition ? text : "";
}

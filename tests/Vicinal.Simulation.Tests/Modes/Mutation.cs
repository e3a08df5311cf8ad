using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Simulation.Tests.Modes;

/// <summary>One way in which compiler or distribution could be wrong: rows change on their way to some nodes.</summary>
/// <param name="Change">The row as the node gets it; null for not at all; the same row for unharmed.</param>
internal sealed record Mutation(string Name, Func<string, Row, Row?> Change)
{
    private static readonly IpAddress s_nowhere = IpAddress.Parse("192.168.255.254");

    /// <summary>Each must be noticed.</summary>
    public static IReadOnlyList<Mutation> All { get; } =
    [
        For<RouterRow>("distributed routers are compiled as centralized", (_, r) => r with { Distributed = false }),
        For<RouterRow>("centralized routers are compiled as distributed", (_, r) => r with { Distributed = true }),
        For<GatewayPolicyRow>("gateway nodes do not know that they have to agree", (h, r) => h[0] == 'g' ? null : r),
        For<RouterRow>("one gateway node has another transit VNI", (h, r) => h[0] == 'g' ? r with { TransitVni = r.TransitVni + 5000 } : r),
        For<StaticNatRow>("every node takes itself for the floating IP's owner", (h, r) => r with { OwnerHost = h, AtGateway = false }),
        For<StaticNatRow>("floating IPs are all at the gateway", (_, r) => r with { OwnerHost = null, AtGateway = true }),
        For<StaticNatRow>("floating IPs translate into a neighbour's address", (_, r) => r with { FixedAddress = IpAddress.FromValue(r.FixedAddress.Value + 1) }),
        For<EndpointRow>("endpoints are said to be on another node", (_, r) => r with { Host = r.Host == "c1" ? "c2" : "c1" }),
        For<EndpointRow>("gateway nodes know no endpoints", (h, r) => h[0] == 'g' ? null : r),
        For<RouterInterfaceRow>("a compute has another MAC for the routers", (h, r) => h == "c1" ? r with { Mac = new MacAddress(r.Mac.Value ^ 0x100) } : r),
        For<RouterInterfaceRow>("an interface is missing on gateway nodes", (h, _) => h[0] == 'g' ? null : _),
        For<SegmentRow>("computes put networks into other VNIs", (h, r) => h[0] == 'c' && r.IsTunnelled ? r with { Vni = r.Vni + 7000 } : r),
        For<ExternalGatewayRow>("the way out is lost", (_, r) => r with { NextHops = [] }),
        For<ExternalGatewayRow>("nothing is translated behind the router's address", (_, r) => r with { EnableSnat = false }),
        For<NodeRow>("a node's tunnels end elsewhere", (_, r) => r.Host == "c2" ? r with { TunnelAddress = s_nowhere } : r),
        For<LocalPortRow>("a port's filters are forgotten", (_, r) => r with { SecurityGroups = [] }),
    ];

    public RowChange Apply(string host, RowChange change) => change with { Row = Change(host, change.Row!) };

    private static Mutation For<T>(string name, Func<string, T, Row?> change)
        where T : Row => new(name, (host, row) => row is T typed ? change(host, typed) : row);
}

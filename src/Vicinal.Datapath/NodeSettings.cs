using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Fragments;
using Vicinal.Datapath.Neighbors;
using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>What of routing a node does, as Neutron's agent_mode names it.</summary>
public enum NodeMode : byte
{
    /// <summary>Switches and filters only; everything routed is left to the gateway nodes.</summary>
    Legacy,

    /// <summary>Routes for its own ports and translates their floating IPs.</summary>
    Dvr,

    /// <summary>As <see cref="Dvr"/>, and serves routers' gateways.</summary>
    DvrSnat,

    /// <summary>As <see cref="Dvr"/>, with no access to external networks: its floating IPs go through the gateway.</summary>
    DvrNoExternal,
}

/// <summary>A NIC with a bridge mapping. Its index is its place in <see cref="NodeSettings.PhysicalNetworks"/>.</summary>
/// <param name="Name">The name that networks use as their provider:physical_network.</param>
/// <param name="NicMac">The host's own MAC on it; frames to it stay the host's.</param>
public sealed record PhysicalNetwork(string Name, MacAddress NicMac);

/// <summary>Bounds on what tenants can make a node remember or do.</summary>
public sealed record NodeLimits
{
    public ConnectionLimits Connections { get; init; } = new();

    public NeighborLimits Neighbors { get; init; } = new();

    public FragmentLimits Fragments { get; init; } = new();

    /// <summary>Cached flows. Their memory is set aside at once; the system maps it as it is used.</summary>
    public int Flows { get; init; } = 1 << 18;

    /// <summary>Slow-path decisions a second for one source port; of what comes from elsewhere, for one destination.</summary>
    public int DecisionsPerSecond { get; init; } = 50_000;

    public int DecisionBurst { get; init; } = 20_000;

    /// <summary>Connections and questions a second with which one port may begin at the node's services.</summary>
    public int ServiceRequestsPerSecond { get; init; } = 500;

    /// <summary>ICMP errors that the node sends in a second, all together.</summary>
    public int IcmpErrorsPerSecond { get; init; } = 1000;
}

/// <summary>What a node is told once, when it starts.</summary>
public sealed record NodeSettings
{
    /// <summary>The name in binding:host_id.</summary>
    public required string Host { get; init; }

    public required IpAddress TunnelAddress { get; init; }

    /// <summary>Of the NIC that tunnel packets leave by; 0: not known, and taken for wide enough.</summary>
    public int UnderlayMtu { get; init; }

    public NodeMode Mode { get; init; } = NodeMode.Dvr;

    public IReadOnlyList<PhysicalNetwork> PhysicalNetworks { get; init; } = [];

    public NodeLimits Limits { get; init; } = new();

    /// <summary>What this node's right to serve routers under a lease is asked of; null: it holds for ever.</summary>
    public IGatewayLease? GatewayLease { get; init; }

    /// <summary>
    /// Nobody serves a router under a lease until <see cref="Node.SetActiveGateways"/> says who. False: the first gateway node of each router serves.
    /// </summary>
    public bool ElectsGateways { get; init; }

    /// <summary>There are sockets that instances reach at the service address.</summary>
    public bool HasServices { get; init; }

    /// <summary>For how long a DHCP client uses an address without asking again.</summary>
    public uint DhcpLeaseSeconds { get; init; } = 86_400;

    /// <summary>Seeds the hash tables and the choice of NAT ports: secret per node in production, fixed in simulation.</summary>
    public ulong HashSeed { get; init; }

    /// <summary>What needs no lease is always ours to do.</summary>
    internal bool Holds(Forwarding.GatewayLease lease) => lease == Forwarding.GatewayLease.None || GatewayLease is null || GatewayLease.Holds(lease);
}

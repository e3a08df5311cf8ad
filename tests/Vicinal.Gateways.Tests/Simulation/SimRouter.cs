using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Gateways.Tests.Simulation;

/// <summary>A router as the server has it: its rows, and how often nodes that serve it changed.</summary>
internal sealed class SimRouter(Guid id)
{
    public Guid Id { get; } = id;

    public List<int> Nodes { get; } = [];

    public uint Schedule { get; set; } = 1;

    public GatewayLease Lease { get; set; } = GatewayLease.Short;

    /// <summary>The node that was last seen serving.</summary>
    public int Server { get; set; } = -1;

    /// <summary>When it was last seen being served.</summary>
    public long ServedAt { get; set; }

    public int Moves { get; set; }

    public RouterRow Row()
    {
        ValueList<GatewayNode> nodes = Nodes.Select((node, place) => new GatewayNode(SimWorld.NameOf(node), Nodes.Count - place)).ToValueList();
        return new RouterRow(Id, 1, true, true, nodes, Lease, Schedule);
    }
}

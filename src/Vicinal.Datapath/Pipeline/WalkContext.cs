using Vicinal.Datapath.Connections;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Nat;
using Vicinal.Datapath.Neighbors;
using Vicinal.Datapath.State;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>What all walks of a node read, and the buffers that they write answers into.</summary>
internal sealed class WalkContext
{
    public required NodeSettings Settings { get; init; }

    public required NodeState State { get; init; }

    public required Generations Generations { get; init; }

    public required ConnectionTracker Connections { get; init; }

    public required SourceNatAllocator SourceNat { get; init; }

    public required NeighborTable Neighbors { get; init; }

    /// <summary>Holds the answer of the last walk until the next.</summary>
    public PacketBuffer Answer { get; } = new();

    /// <summary>Holds a packet that had to be rewritten during the walk.</summary>
    public PacketBuffer Rewritten { get; } = new();
}

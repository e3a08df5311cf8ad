using Vicinal.Datapath.Neighbors;
using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>A neighbour that the packet goes to, or waits for when the walk ends held.</summary>
internal readonly record struct NeighborNeed(uint Segment, IpAddress Address, NeighborAsker Asker)
{
    public bool IsNone => Segment == 0;
}

using Vicinal.Packets;

namespace Vicinal.Datapath.Neighbors;

/// <summary>One neighbour. Owned by the table, which alone writes it, and used again for others.</summary>
internal sealed class NeighborEntry(uint slot)
{
    public uint Slot { get; } = slot;

    public uint Segment { get; set; }

    public IpAddress Address { get; set; }

    public NeighborState State { get; set; }

    public MacAddress Mac { get; set; }

    /// <summary>The MAC is an earlier process's word, and everybody is asked whether it still holds.</summary>
    public bool IsRecalled { get; set; }

    public NeighborAsker Asker { get; set; }

    /// <summary>Questions sent in the present state.</summary>
    public int Asked { get; set; }

    /// <summary>When the present state has its next turn.</summary>
    public long Due { get; set; }

    /// <summary>The earliest turn that stands in the table's queue; later ones are put there when it comes up.</summary>
    public long Queued { get; set; } = long.MaxValue;

    /// <summary>The place in the table's array of entries, for choosing one to evict.</summary>
    public int Index { get; set; }

    public Queue<HeldPacket> Held { get; } = new(4);
}

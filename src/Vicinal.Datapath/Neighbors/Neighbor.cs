using Vicinal.Packets;

namespace Vicinal.Datapath.Neighbors;

/// <summary>RFC 4861 section 7.3.2; ARP's neighbours go through the same states.</summary>
public enum NeighborState : byte
{
    /// <summary>Nobody has asked.</summary>
    Unknown = 0,

    /// <summary>Being asked by broadcast or multicast; packets are held.</summary>
    Incomplete,

    /// <summary>Answered a short while ago.</summary>
    Reachable,

    /// <summary>The MAC is used as it is, and its first use starts a probe.</summary>
    Stale,

    /// <summary>In use, and being asked by unicast whether it is still there.</summary>
    Probe,

    /// <summary>Did not answer; not asked again for a short while.</summary>
    Failed,
}

/// <summary>What a walk may know of a neighbour.</summary>
/// <param name="Mac">Meaningful when <see cref="IsUsable"/>.</param>
/// <param name="Slot">The generation that moves when the answer becomes another; meaningful unless unknown.</param>
public readonly record struct NeighborVerdict(NeighborState State, MacAddress Mac, uint Slot)
{
    public bool IsUsable => State is NeighborState.Reachable or NeighborState.Stale or NeighborState.Probe;
}

/// <summary>In whose name a neighbour is asked: an own address on the segment with its MAC.</summary>
public readonly record struct NeighborAsker(MacAddress Mac, IpAddress Address);

/// <summary>A question to send: an ARP request or a neighbour solicitation.</summary>
/// <param name="Destination">The MAC last known for a unicast probe, else zero: broadcast, or the solicited-node group.</param>
public readonly record struct Solicitation(uint Segment, IpAddress Target, NeighborAsker Asker, MacAddress Destination);

/// <summary>A packet that waited, as it came in, and where; its walk begins anew. Goes back to <see cref="NeighborTable.Release"/>.</summary>
public readonly record struct HeldPacket(PacketBuffer Packet, PacketSource Source, uint Segment, IpAddress NextHop);

/// <summary>A neighbour as dumps show it.</summary>
public readonly record struct NeighborDump(uint Segment, IpAddress Address, MacAddress Mac, NeighborState State);

using Vicinal.Packets;

namespace Vicinal.Datapath;

/// <summary>What became of a flow that a predecessor left with the mirror.</summary>
public enum Adoption : byte
{
    /// <summary>Its packets pass by the present state, and the cache has it, hence the mirror.</summary>
    Adopted,

    /// <summary>
    /// Its packets would be dropped, answered, or are not for the cache, or its connection is not known: it must not be replayed any more, and
    /// its next packet is decided.
    /// </summary>
    Refused,

    /// <summary>
    /// A neighbour is asked for, or it is not known yet who serves the router. It may be replayed as it is until that is known; try again, and give up
    /// after some seconds.
    /// </summary>
    Later,
}

/// <summary>Another node as tunnel packets know it.</summary>
/// <param name="Address">The outer source of what it sends.</param>
/// <param name="Number">For <see cref="Flows.FlowInput.PeerOf"/>; this process's, and no other's.</param>
public readonly record struct TunnelPeer(IpAddress Address, uint Number);

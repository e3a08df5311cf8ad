using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Fragments;

public enum FragmentOutcome : byte
{
    /// <summary>The fragment was copied; the rest is awaited.</summary>
    Held,

    /// <summary>The datagram is complete.</summary>
    Whole,
    Dropped,
}

/// <param name="Whole">
/// The reassembled packet, with the first fragment's Ethernet header and without a trace of fragmentation. The receiver's own
/// until it gives it back to <see cref="FragmentTracker.Release"/>.
/// </param>
/// <param name="LargestFragment">Layer-3 length of the longest fragment. A sender that stayed below an MTU must see no larger ones made of it.</param>
/// <param name="DontFragment">A fragment had DF set: it may be sent on in pieces of its old size, but not in smaller ones.</param>
/// <param name="FragmentId">To be used again where the packet is cut anew.</param>
public readonly record struct FragmentVerdict(
    FragmentOutcome Outcome, DropReason Reason, PacketBuffer? Whole, int LargestFragment, bool DontFragment, uint FragmentId)
{
    internal static FragmentVerdict Held => new(FragmentOutcome.Held, DropReason.None, null, 0, false, 0);

    internal static FragmentVerdict Dropped(DropReason reason) => new(FragmentOutcome.Dropped, reason, null, 0, false, 0);
}

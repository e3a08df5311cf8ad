using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>
/// Answers ARP requests in the place of the host that owns the address (RFC 826), so that no request needs to be flooded. Who owns
/// <see cref="PacketHeaders.Destination"/>, and with which MAC, is the caller's to know.
/// </summary>
public static class ArpResponder
{
    /// <summary>
    /// Writes the reply, untagged and addressed to the asker. False when the frame asks nothing, or nothing that may be answered:
    /// announcements, the owner's own probe of its own address, and senders that are no single host.
    /// </summary>
    /// <param name="owner">The MAC that the target address has.</param>
    public static bool TryAnswer(in PacketHeaders h, MacAddress owner, PacketBuffer answer)
    {
        if (!h.IsArp || h.ArpOperation != ArpMessage.Request || h.Source == h.Destination || !IsAskerSound(in h))
        {
            return false;
        }

        // A port that probes for its own address (RFC 5227 section 2.1.1), or asks for it otherwise, must hear nothing, or it
        // would take its address for somebody else's.
        if (h.ArpSenderMac == owner)
        {
            return false;
        }

        // To a probe the reply says 0.0.0.0 in the target field, the address that it came from.
        ArpMessage reply = new(ArpMessage.Reply, owner, h.Destination, h.ArpSenderMac, h.Source);
        ArpFrame.Write(answer, h.ArpSenderMac, owner, reply);
        return true;
    }

    private static bool IsAskerSound(in PacketHeaders h) =>
        !h.ArpSenderMac.IsMulticast && !h.ArpSenderMac.IsZero
        && !h.Source.IsMulticast && !h.Source.IsLimitedBroadcast && !h.Source.IsLoopback
        && !h.Destination.IsUnspecified;
}

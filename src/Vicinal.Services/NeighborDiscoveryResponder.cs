using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>
/// Answers neighbour solicitations in the place of the host that owns the address (RFC 4861 section 7.2.4), so that none needs to be
/// flooded. Read the solicitation, look its target up, then answer.
/// </summary>
public static class NeighborDiscoveryResponder
{
    /// <summary>
    /// Reads a solicitation that passes every check of RFC 4861 section 7.1.1. The frame's checksum must be a finished one; a wrong
    /// one is refused.
    /// </summary>
    public static bool TryRead(in PacketHeaders h, ReadOnlySpan<byte> frame, out NeighborSolicitation solicitation) =>
        NeighborSolicitation.TryRead(frame, in h, out solicitation) && Checksum.IsTransportRight(frame, in h);

    /// <summary>
    /// Writes the advertisement, untagged. False when it must not be answered: by the owner's own probe in duplicate address
    /// detection, or for a sender that is no single host.
    /// </summary>
    /// <param name="owner">The MAC that the target address has.</param>
    /// <param name="router">The owner is a router; hosts that see this flag fall stop using it as one (section 7.2.5).</param>
    public static bool TryAnswer(
        in PacketHeaders h, in NeighborSolicitation solicitation, MacAddress owner, bool router, PacketBuffer answer)
    {
        MacAddress asker = solicitation.SourceLinkLayer ?? h.SourceMac;
        if (asker == owner || h.SourceMac == owner || asker.IsMulticast || asker.IsZero || h.Source == solicitation.Target)
        {
            return false;
        }

        // RFC 4861 section 7.2.4: a prober has no address yet, so it hears of the conflict through the all-nodes group, and the
        // advertisement does not count as solicited.
        bool probe = h.Source.IsUnspecified;
        IpAddress destination = probe ? NeighborFrame.AllNodes : h.Source;
        MacAddress destinationMac = probe ? MacAddress.ForIpv6Multicast(NeighborFrame.AllNodes) : asker;
        NeighborFrame.WriteAdvertisement(
            answer,
            new FrameEnds(owner, destinationMac, solicitation.Target, destination),
            new NeighborAdvertisement(solicitation.Target, router, !probe, true, owner));
        return true;
    }

    /// <summary>Both steps for a caller that knows the one address it answers for.</summary>
    public static bool TryAnswer(
        in PacketHeaders h, ReadOnlySpan<byte> frame, IpAddress address, MacAddress owner, bool router, PacketBuffer answer) =>
        TryRead(in h, frame, out NeighborSolicitation solicitation)
        && solicitation.Target == address
        && TryAnswer(in h, in solicitation, owner, router, answer);
}

using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>
/// What a frame says about who has an address: the input of a dynamic neighbour table. It is a claim of the sender; whether it may
/// make that claim is for port security and the table to say.
/// </summary>
/// <param name="Solicited">An answer, which proves reachability; else an announcement or the sender's word about itself in a question.</param>
/// <param name="Override">May replace another MAC at once (RFC 4861 section 7.2.5); always true of ARP, which has no such flag.</param>
public readonly record struct NeighborEvidence(IpAddress Address, MacAddress Mac, bool Solicited, bool Override)
{
    /// <summary>
    /// Reads ARP requests, replies and announcements, neighbour advertisements with a link-layer address, and solicitations with one.
    /// Probes claim nothing. The frame's checksum must be a finished one.
    /// </summary>
    public static bool TryRead(in PacketHeaders h, ReadOnlySpan<byte> frame, out NeighborEvidence evidence)
    {
        evidence = default;
        if (h.IsArp)
        {
            bool answer = h.ArpOperation == ArpMessage.Reply && h.Source != h.Destination;
            evidence = new NeighborEvidence(h.Source, h.ArpSenderMac, answer, true);
            return h.ArpOperation is ArpMessage.Request or ArpMessage.Reply && evidence.IsOfOneHost;
        }

        if (!h.IsIcmp || !Icmpv6Type.IsNeighborDiscovery(h.IcmpType) || !Checksum.IsTransportRight(frame, in h))
        {
            return false;
        }

        if (NeighborAdvertisement.TryRead(frame, in h, out NeighborAdvertisement advertisement))
        {
            evidence = new NeighborEvidence(
                advertisement.Target, advertisement.TargetLinkLayer ?? h.SourceMac, advertisement.Solicited, advertisement.Override);
            return evidence.IsOfOneHost;
        }

        if (NeighborSolicitation.TryRead(frame, in h, out NeighborSolicitation solicitation) && solicitation.SourceLinkLayer is MacAddress mac)
        {
            evidence = new NeighborEvidence(h.Source, mac, false, true);
            return evidence.IsOfOneHost;
        }

        return false;
    }

    private bool IsOfOneHost => !Mac.IsMulticast && !Mac.IsZero
        && !Address.IsUnspecified && !Address.IsMulticast && !Address.IsLimitedBroadcast && !Address.IsLoopback;
}

using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>Router advertisements (RFC 4861 section 6.2), to one asker or to all.</summary>
public static class RouterAdvertiser
{
    /// <summary>
    /// Answers a router solicitation that passes every check of section 6.1.1: to its sender, or to all nodes when it has no address
    /// yet. The frame's checksum must be a finished one.
    /// </summary>
    /// <param name="linkLocal">The router's own link-local address, which hosts take as the next hop.</param>
    public static bool TryAnswer(
        in PacketHeaders h, ReadOnlySpan<byte> frame, in RouterAdvertisement advertisement, MacAddress router, IpAddress linkLocal, PacketBuffer answer)
    {
        if (!RouterSolicitation.TryRead(frame, in h, out RouterSolicitation solicitation)
            || !Checksum.IsTransportRight(frame, in h)
            || h.SourceMac == router)
        {
            return false;
        }

        MacAddress asker = solicitation.SourceLinkLayer ?? h.SourceMac;
        if (h.Source.IsUnspecified)
        {
            return TryWrite(in advertisement, router, linkLocal, answer);
        }

        return !asker.IsMulticast && !asker.IsZero && TryWrite(in advertisement, new FrameEnds(router, asker, linkLocal, h.Source), answer);
    }

    /// <summary>The advertisement to all nodes. False when its options do not fit the buffer.</summary>
    public static bool TryWrite(in RouterAdvertisement advertisement, MacAddress router, IpAddress linkLocal, PacketBuffer target) =>
        TryWrite(in advertisement, new FrameEnds(router, MacAddress.ForIpv6Multicast(NeighborFrame.AllNodes), linkLocal, NeighborFrame.AllNodes), target);

    private static bool TryWrite(in RouterAdvertisement advertisement, in FrameEnds ends, PacketBuffer target)
    {
        int size = advertisement.Size;
        if (NeighborMessage.MessageOffset + size > target.Room.Length)
        {
            return false;
        }

        Span<byte> frame = NeighborFrame.Prepare(target, size);
        advertisement.Write(frame[NeighborMessage.MessageOffset..]);
        NeighborMessage.Seal(frame, in ends);
        return true;
    }
}

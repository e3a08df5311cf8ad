using Vicinal.Packets;

namespace Vicinal.Services;

/// <summary>Answers echo requests to a router's own address (RFC 1812 section 4.3.3.6, RFC 4443 section 4.2).</summary>
public static class RouterEcho
{
    /// <summary>
    /// Writes the reply from the address that was asked, untagged and to the MAC that the request came from; a reply that is to be
    /// routed gets its MACs later. False for other packets, for fragments, for requests to a group, for a wrong checksum, and for
    /// requests with IP options, which a reply would have to reverse rather than repeat (RFC 1812 section 5.3.13).
    /// The frame's checksum must be a finished one.
    /// </summary>
    public static bool TryAnswer(in PacketHeaders h, ReadOnlySpan<byte> frame, MacAddress router, PacketBuffer answer)
    {
        bool fromOneHost = !h.Source.IsUnspecified && !h.Source.IsMulticast && !h.Source.IsLimitedBroadcast;
        bool toOneHost = !h.Destination.IsMulticast && !h.Destination.IsLimitedBroadcast && !h.DestinationMac.IsMulticast;
        if (!h.IsIcmpQuery || h.HasOptions || !fromOneHost || !toOneHost || h.End > answer.Room.Length || !Checksum.IsTransportRight(frame, in h))
        {
            return false;
        }

        answer.CopyFrom(frame[..h.End]);
        _ = VlanTag.TryPop(answer, out _);
        Span<byte> reply = answer.Span;
        return PacketHeaders.Parse(reply, out PacketHeaders r) == ParseResult.Ok
            && EchoReply.TryTurn(reply, ref r, h.Destination, router);
    }
}

using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>Turns an echo request into its reply in the same bytes (RFC 792, RFC 4443 section 4.2).</summary>
public static class EchoReply
{
    /// <summary>
    /// Swaps MACs and addresses, changes the type and sets the TTL. False, with nothing changed, for whatever else it is, and for
    /// fragments, which are to be put together first. A request to a group is answered from <paramref name="source"/>.
    /// </summary>
    /// <param name="source">The address that answers.</param>
    /// <param name="sourceMac">The MAC that answers.</param>
    /// <param name="partial">The frame has <see cref="Offload.NeedsChecksum"/>.</param>
    public static bool TryTurn(
        Span<byte> frame, ref PacketHeaders h, IpAddress source, MacAddress sourceMac, bool partial = false, byte ttl = PacketBuilder.DefaultTtl)
    {
        byte request = h.IsIpv4 ? Icmpv4Type.EchoRequest : Icmpv6Type.EchoRequest;
        if (!h.IsIcmp || h.IcmpType != request || h.IcmpCode != 0 || h.IsFragment || source.IsIpv4 != h.IsIpv4)
        {
            return false;
        }

        byte reply = h.IsIpv4 ? Icmpv4Type.EchoReply : Icmpv6Type.EchoReply;
        IpAddress requester = h.Source;
        HeaderRewrite.SetMacs(frame, ref h, h.SourceMac, sourceMac);
        HeaderRewrite.SetSource(frame, ref h, source, partial);
        HeaderRewrite.SetDestination(frame, ref h, requester, partial);
        HeaderRewrite.SetTtl(frame, ref h, ttl);
        Span<byte> icmp = frame[h.L4Offset..];
        icmp[0] = reply;
        if (!partial)
        {
            Span<byte> field = icmp.Slice(IcmpHeader.ChecksumOffset, 2);
            ushort updated = Checksum.Update(BinaryPrimitives.ReadUInt16BigEndian(field), (ushort)(request << 8), (ushort)(reply << 8));
            BinaryPrimitives.WriteUInt16BigEndian(field, updated);
        }

        h.IcmpType = reply;
        return true;
    }
}

namespace Vicinal.Packets;

public partial struct PacketHeaders
{
    /// <summary>RFC 8200 section 4.1 lists six that may stand before the upper layer; eight leaves room for repetition.</summary>
    private const int MaxExtensionHeaders = 8;

    private static ParseResult ParseIpv6(ref byte start, int frameLength, ref PacketHeaders h)
    {
        int l3 = h.L3Offset;
        if (frameLength - l3 < Ipv6Header.Size)
        {
            return ParseResult.ShortIp;
        }

        uint first = WireOrder.U32(ref start, l3);
        if (first >> 28 != 6)
        {
            return ParseResult.BadIpVersion;
        }

        int totalLength = Ipv6Header.Size + WireOrder.U16(ref start, l3 + 4);
        if (totalLength > frameLength - l3)
        {
            return ParseResult.BadIpLength;
        }

        ReadIpv6Fields(ref start, ref h, first, totalLength);
        if (IsMartianSource(h.Source) || IsMartianDestination(h.Destination))
        {
            return ParseResult.MartianAddress;
        }

        ParseResult walked = WalkExtensionHeaders(ref start, ref h, false);
        return walked != ParseResult.Ok || h.IsLaterFragment ? walked : ParseTransport(ref start, ref h);
    }

    private static void ReadIpv6Fields(ref byte start, ref PacketHeaders h, uint first, int totalLength)
    {
        int l3 = h.L3Offset;
        h.L3 = L3Kind.Ipv6;
        h.L3Length = totalLength;
        h.TrafficClass = (byte)(first >> 20);
        h.Protocol = WireOrder.U8(ref start, l3 + 6);
        h.Ttl = WireOrder.U8(ref start, l3 + 7);
        h.Source = WireOrder.Ipv6(ref start, l3 + 8);
        h.Destination = WireOrder.Ipv6(ref start, l3 + 24);
        h.L4Offset = h.PayloadOffset = (ushort)(l3 + Ipv6Header.Size);
    }

    /// <summary>A v4-mapped address is how <see cref="IpAddress"/> holds IPv4, so letting one in would forge the other family.</summary>
    private static bool IsMartianSource(IpAddress address) => address.IsIpv4 || address.High >> 56 == 0xFF || address is { High: 0, Low: 1 };

    private static bool IsMartianDestination(IpAddress address) => address.IsIpv4 || address is { High: 0, Low: <= 1 };

    /// <param name="quoted">The packet is a quotation that may end anywhere; a header cut off ends the walk without fault.</param>
    private static ParseResult WalkExtensionHeaders(ref byte start, ref PacketHeaders h, bool quoted)
    {
        int offset = h.L4Offset;
        int end = h.End;
        byte next = h.Protocol;
        for (int count = 0; IsExtension(next); count++)
        {
            if (count == MaxExtensionHeaders)
            {
                return ParseResult.TooManyExtensionHeaders;
            }

            if (end - offset < 8)
            {
                return ParseResult.BadExtensionHeader;
            }

            h.Flags |= HeaderFlags.Options;
            byte following = WireOrder.U8(ref start, offset);
            int length = next == IpProtocol.Ipv6Fragment ? 8 : 8 * (WireOrder.U8(ref start, offset + 1) + 1);
            ParseResult judged = JudgeExtension(ref start, offset, next, count);
            if (judged != ParseResult.Ok || length > end - offset)
            {
                return ParseResult.BadExtensionHeader;
            }

            offset += length;
            h.Protocol = following;
            h.L4Offset = h.PayloadOffset = (ushort)offset;
            if (next == IpProtocol.Ipv6Fragment)
            {
                ReadFragmentHeader(ref start, ref h, offset - 8);
                if (!quoted && !IsFragmentSound(in h, offset))
                {
                    return ParseResult.BadFragment;
                }

                if (h.IsLaterFragment)
                {
                    return ParseResult.Ok;
                }
            }

            next = following;
        }

        return ParseResult.Ok;
    }

    private static bool IsExtension(byte next) => next
        is IpProtocol.HopByHop or IpProtocol.Ipv6Routing or IpProtocol.Ipv6Fragment or IpProtocol.Ipv6DestinationOptions;

    private static ParseResult JudgeExtension(ref byte start, int offset, byte kind, int index) => kind switch
    {
        // RFC 8200 section 4.1: hop-by-hop options stand directly behind the IPv6 header or nowhere.
        IpProtocol.HopByHop => index == 0 ? ParseResult.Ok : ParseResult.BadExtensionHeader,

        // RFC 5095: routing type 0 with segments left is dropped; other types with segments left would have another
        // final destination than the header shows, which no filter here could judge.
        IpProtocol.Ipv6Routing => WireOrder.U8(ref start, offset + 3) == 0 ? ParseResult.Ok : ParseResult.BadExtensionHeader,
        _ => ParseResult.Ok,
    };

    private static void ReadFragmentHeader(ref byte start, ref PacketHeaders h, int offset)
    {
        ushort field = WireOrder.U16(ref start, offset + 2);
        h.FragmentOffset = (ushort)(field & 0xFFF8);
        h.FragmentId = WireOrder.U32(ref start, offset + 4);
        h.Flags |= HeaderFlags.Fragment
            | ((field & 1) != 0 ? HeaderFlags.MoreFragments : 0)
            | (h.FragmentOffset != 0 ? HeaderFlags.LaterFragment : 0);
    }
}

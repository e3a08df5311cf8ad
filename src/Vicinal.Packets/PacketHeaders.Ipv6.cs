using System.Runtime.CompilerServices;

namespace Vicinal.Packets;

public partial struct PacketHeaders
{
    /// <summary>RFC 8200 section 4.1 lists six that may stand before the upper layer; eight leaves room for repetition.</summary>
    private const int MaxExtensionHeaders = 8;

    private static ParseResult ParseIpv6(ref byte start, int l3, int available, ref PacketHeaders h)
    {
        if (available < Ipv6Header.Size)
        {
            return ParseResult.ShortIp;
        }

        ref byte ip = ref Unsafe.Add(ref start, l3);
        ulong first = WireOrder.U64(ref ip, 0);
        if (first >> 60 != 6)
        {
            return ParseResult.BadIpVersion;
        }

        int totalLength = Ipv6Header.Size + (ushort)(first >> 16);
        if (totalLength > available)
        {
            return ParseResult.BadIpLength;
        }

        ReadIpv6Fields(ref ip, ref h, l3, first, totalLength);
        if (IsMartianSource(h.Source) || IsMartianDestination(h.Destination))
        {
            return ParseResult.MartianAddress;
        }

        if (IsExtension(h.Protocol))
        {
            ParseResult walked = WalkExtensionHeaders(ref start, ref h, false);
            if (walked != ParseResult.Ok || h.IsLaterFragment)
            {
                return walked;
            }
        }

        return ParseTransport(ref Unsafe.Add(ref start, h.L4Offset), h.L4Offset, h.End - h.L4Offset, ref h);
    }

    /// <param name="ip">The first byte of the header, of which all forty are there.</param>
    /// <param name="first">Its first eight bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadIpv6Fields(ref byte ip, ref PacketHeaders h, int l3, ulong first, int totalLength)
    {
        h.L3 = L3Kind.Ipv6;
        h.L3Length = totalLength;
        h.TrafficClass = (byte)(first >> 52);
        h.Protocol = (byte)(first >> 8);
        h.Ttl = (byte)first;
        h.Source = WireOrder.Ipv6(ref ip, 8);
        h.Destination = WireOrder.Ipv6(ref ip, 24);
        h.L4Offset = (ushort)(l3 + Ipv6Header.Size);
        h.PayloadOffset = (ushort)(l3 + Ipv6Header.Size);
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

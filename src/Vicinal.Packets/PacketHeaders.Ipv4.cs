using System.Runtime.CompilerServices;

namespace Vicinal.Packets;

public partial struct PacketHeaders
{
    private static ParseResult ParseIpv4(ref byte start, int frameLength, ref PacketHeaders h)
    {
        int l3 = h.L3Offset;
        if (frameLength - l3 < Ipv4Header.Size)
        {
            return ParseResult.ShortIp;
        }

        byte versionAndLength = WireOrder.U8(ref start, l3);
        int headerLength = (versionAndLength & 0xF) * 4;
        int totalLength = WireOrder.U16(ref start, l3 + 2);
        if (versionAndLength != 0x45)
        {
            if (versionAndLength >> 4 != 4)
            {
                return ParseResult.BadIpVersion;
            }

            if (headerLength < Ipv4Header.Size || headerLength > frameLength - l3)
            {
                return ParseResult.BadIpHeaderLength;
            }

            h.Flags |= HeaderFlags.Options;
        }

        if (totalLength < headerLength || totalLength > frameLength - l3)
        {
            return ParseResult.BadIpLength;
        }

        if (!IsIpv4ChecksumRight(ref Unsafe.Add(ref start, l3), headerLength))
        {
            return ParseResult.BadIpv4Checksum;
        }

        ReadIpv4Fields(ref start, ref h, headerLength, totalLength);
        uint source = h.Source.Ipv4Value;
        uint destination = h.Destination.Ipv4Value;
        if (source >> 28 == 0xE || source == uint.MaxValue || source >> 24 == 127 || destination >> 24 == 127 || destination == 0)
        {
            return ParseResult.MartianAddress;
        }

        return h.IsFragment ? ParseIpv4Fragment(ref start, ref h) : ParseTransport(ref start, ref h);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadIpv4Fields(ref byte start, ref PacketHeaders h, int headerLength, int totalLength)
    {
        int l3 = h.L3Offset;
        h.L3 = L3Kind.Ipv4;
        h.L3Length = totalLength;
        h.L4Offset = h.PayloadOffset = (ushort)(l3 + headerLength);
        h.TrafficClass = WireOrder.U8(ref start, l3 + 1);
        h.Ttl = WireOrder.U8(ref start, l3 + 8);
        h.Protocol = WireOrder.U8(ref start, l3 + 9);
        h.Source = IpAddress.FromIpv4(WireOrder.U32(ref start, l3 + 12));
        h.Destination = IpAddress.FromIpv4(WireOrder.U32(ref start, l3 + 16));
        uint fragment = WireOrder.U32(ref start, l3 + 4);
        h.FragmentId = fragment >> 16;
        if ((fragment & 0x4000) != 0)
        {
            h.Flags |= HeaderFlags.DontFragment;
        }

        if ((fragment & 0x3FFF) != 0)
        {
            h.FragmentOffset = (ushort)((fragment & 0x1FFF) * 8);
            h.Flags |= HeaderFlags.Fragment
                | ((fragment & 0x2000) != 0 ? HeaderFlags.MoreFragments : 0)
                | (h.FragmentOffset != 0 ? HeaderFlags.LaterFragment : 0);
        }
    }

    private static ParseResult ParseIpv4Fragment(ref byte start, ref PacketHeaders h) =>
        IsFragmentSound(in h, h.L4Offset) ? (h.IsLaterFragment ? ParseResult.Ok : ParseTransport(ref start, ref h)) : ParseResult.BadFragment;

    /// <param name="dataOffset">Where the fragmentable part begins in the frame.</param>
    private static bool IsFragmentSound(in PacketHeaders h, int dataOffset)
    {
        int length = h.End - dataOffset;

        // The reassembled datagram must fit a 16-bit length, and all but the last fragment end on eight bytes (RFC 791).
        if (h.FragmentOffset + length > ushort.MaxValue || (h.MoreFragments && (length & 7) != 0))
        {
            return false;
        }

        // RFC 1858 section 4: a fragment at offset 8 could overwrite the TCP flags that were judged in the first one.
        return length != 0 && (h.Protocol != IpProtocol.Tcp || h.FragmentOffset != 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsIpv4ChecksumRight(ref byte header, int length)
    {
        // One's complement sums do not care about byte order (RFC 1071 section 2B), so native words are added.
        ulong sum = Word(ref header, 0) + Word(ref header, 4) + Word(ref header, 8) + Word(ref header, 12) + Word(ref header, 16);
        for (int i = Ipv4Header.Size; i < length; i += 4)
        {
            sum += Word(ref header, i);
        }

        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return sum == 0xFFFF;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ref byte start, int offset) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, offset));
}

using System.Runtime.CompilerServices;

namespace Vicinal.Packets;

public partial struct PacketHeaders
{
    private static ParseResult ParseIpv4(ref byte start, int l3, int available, ref PacketHeaders h)
    {
        if (available < Ipv4Header.Size)
        {
            return ParseResult.ShortIp;
        }

        ref byte ip = ref Unsafe.Add(ref start, l3);
        uint first = WireOrder.U32(ref ip, 0);
        int totalLength = (ushort)first;
        int headerLength = Ipv4Header.Size;
        if (first >> 24 != 0x45)
        {
            headerLength = (int)(first >> 24 & 0xF) * 4;
            if (first >> 28 != 4)
            {
                return ParseResult.BadIpVersion;
            }

            if (headerLength < Ipv4Header.Size || headerLength > available)
            {
                return ParseResult.BadIpHeaderLength;
            }

            h.Flags |= HeaderFlags.Options;
        }

        if (totalLength < headerLength || totalLength > available)
        {
            return ParseResult.BadIpLength;
        }

        if (!IsIpv4ChecksumRight(ref ip, headerLength))
        {
            return ParseResult.BadIpv4Checksum;
        }

        ReadIpv4Fields(ref ip, ref h, l3, headerLength, totalLength);
        uint source = h.Source.Ipv4Value;
        uint destination = h.Destination.Ipv4Value;
        if (source >> 28 == 0xE || source == uint.MaxValue || source >> 24 == 127 || destination >> 24 == 127 || destination == 0)
        {
            return ParseResult.MartianAddress;
        }

        ref byte transport = ref Unsafe.Add(ref ip, headerLength);
        return h.IsFragment
            ? ParseIpv4Fragment(ref transport, ref h)
            : ParseTransport(ref transport, l3 + headerLength, totalLength - headerLength, ref h);
    }

    /// <param name="ip">The first byte of the header, of which the fixed part is there.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadIpv4Fields(ref byte ip, ref PacketHeaders h, int l3, int headerLength, int totalLength)
    {
        ulong middle = WireOrder.U64(ref ip, 4);
        h.L3 = L3Kind.Ipv4;
        h.L3Length = totalLength;
        h.L4Offset = (ushort)(l3 + headerLength);
        h.PayloadOffset = (ushort)(l3 + headerLength);
        h.TrafficClass = WireOrder.U8(ref ip, 1);
        h.Ttl = (byte)(middle >> 24);
        h.Protocol = (byte)(middle >> 16);
        h.Source = IpAddress.FromIpv4(WireOrder.U32(ref ip, 12));
        h.Destination = IpAddress.FromIpv4(WireOrder.U32(ref ip, 16));
        h.FragmentId = (uint)(middle >> 48);
        uint fragment = (uint)(middle >> 32) & 0xFFFF;
        if (fragment != 0)
        {
            ReadIpv4FragmentField(ref h, fragment);
        }
    }

    private static void ReadIpv4FragmentField(ref PacketHeaders h, uint fragment)
    {
        h.Flags |= (fragment & 0x4000) != 0 ? HeaderFlags.DontFragment : 0;
        if ((fragment & 0x3FFF) != 0)
        {
            h.FragmentOffset = (ushort)((fragment & 0x1FFF) * 8);
            h.Flags |= HeaderFlags.Fragment
                | ((fragment & 0x2000) != 0 ? HeaderFlags.MoreFragments : 0)
                | (h.FragmentOffset != 0 ? HeaderFlags.LaterFragment : 0);
        }
    }

    private static ParseResult ParseIpv4Fragment(ref byte transport, ref PacketHeaders h)
    {
        if (!IsFragmentSound(in h, h.L4Offset))
        {
            return ParseResult.BadFragment;
        }

        return h.IsLaterFragment ? ParseResult.Ok : ParseTransport(ref transport, h.L4Offset, h.End - h.L4Offset, ref h);
    }

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

        // The fold is 0xFFFF if and only if the sum is a multiple of 0xFFFF other than zero; the version alone makes it that.
        return sum % 0xFFFF == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ref byte start, int offset) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, offset));
}

using System.Runtime.InteropServices;

namespace Vicinal.Packets;

public partial struct PacketHeaders
{
    /// <summary>Headers that long are beyond every tunnel, and offsets into them stay far from overflow.</summary>
    private const int MostHeaderBytes = 1024;

    /// <summary>How far before its transport header an IP header is looked for: an IPv6 header with a few extension headers, or IPv4 with all its options.</summary>
    private const int MostIpHeaderBytes = 128;

    /// <summary>
    /// Finds and parses the IP packet within a tunnel packet, by the place of its transport header and not by the tunnel's own headers, which are of many
    /// kinds on ports of the user's choice. The inner packet must end where the outer does. Offsets count from the start of the outer frame; the MACs
    /// stay zero. False when there is no such packet.
    /// </summary>
    /// <param name="outer">Of a UDP packet.</param>
    /// <param name="transport">Where the inner transport header begins; not trusted.</param>
    internal static bool TryParseInner(ReadOnlySpan<byte> frame, in PacketHeaders outer, int transport, out PacketHeaders inner)
    {
        inner = default;
        if (outer.End > frame.Length || transport >= Math.Min(outer.End, MostHeaderBytes))
        {
            return false;
        }

        int nearest = transport - Ipv4Header.Size;
        int farthest = Math.Max(outer.PayloadOffset, transport - MostIpHeaderBytes);
        for (int l3 = nearest; l3 >= farthest; l3 -= 4)
        {
            if (TryParseAt(frame[..outer.End], l3, out inner) && inner.L4Offset == transport && inner.End == outer.End)
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="l3">With at least a minimal IPv4 header behind it.</param>
    private static bool TryParseAt(ReadOnlySpan<byte> packet, int l3, out PacketHeaders h)
    {
        h = default;
        h.L3Offset = (ushort)l3;
        ref byte start = ref MemoryMarshal.GetReference(packet);
        int available = packet.Length - l3;
        ParseResult result = (packet[l3] >> 4) switch
        {
            4 => ParseIpv4(ref start, l3, available, ref h),
            6 => ParseIpv6(ref start, l3, available, ref h),
            _ => ParseResult.BadIpVersion,
        };
        h.EtherType = h.IsIpv6 ? Packets.EtherType.Ipv6 : Packets.EtherType.Ipv4;
        return result == ParseResult.Ok;
    }
}

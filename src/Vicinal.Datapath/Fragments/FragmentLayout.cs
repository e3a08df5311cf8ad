using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Datapath.Fragments;

/// <summary>
/// Where a fragment is divided: what every fragment repeats, and its part of the datagram. Offsets count from the start of the frame;
/// the parser has walked the same headers before, so they lie in it.
/// </summary>
/// <param name="HeaderEnd">The end of the repeated headers: the IPv4 header, or what precedes IPv6's fragment header.</param>
/// <param name="DataOffset">The start of the divided part; in an IPv6 fragment the fragment header stands between.</param>
/// <param name="NextHeaderOffset">IPv6: the byte that announces what stands at <paramref name="HeaderEnd"/>.</param>
internal readonly record struct FragmentLayout(int HeaderEnd, int DataOffset, int NextHeaderOffset)
{
    public const int Ipv6FragmentHeaderSize = 8;

    public static FragmentLayout Of(in PacketHeaders h, ReadOnlySpan<byte> frame)
    {
        if (h.IsIpv4)
        {
            return new FragmentLayout(h.L4Offset, h.L4Offset, -1);
        }

        int nextHeader = h.L3Offset + 6;
        int offset = h.L3Offset + Ipv6Header.Size;
        while (frame[nextHeader] != IpProtocol.Ipv6Fragment)
        {
            nextHeader = offset;
            offset += ExtensionLength(frame, offset);
        }

        return new FragmentLayout(offset, offset + Ipv6FragmentHeaderSize, nextHeader);
    }

    /// <summary>Makes a whole packet's header of a first fragment's one, in the reassembled frame.</summary>
    /// <param name="protocol">What IPv6's fragment header said comes next.</param>
    public void MakeWhole(Span<byte> frame, in PacketHeaders h, byte protocol)
    {
        Span<byte> header = frame[h.L3Offset..HeaderEnd];
        int length = frame.Length - h.L3Offset;
        if (h.IsIpv6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)(length - Ipv6Header.Size));
            frame[NextHeaderOffset] = protocol;
            return;
        }

        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
        header[6..8].Clear();
        header[10..12].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], Checksum.Compute(header));
    }

    private static int ExtensionLength(ReadOnlySpan<byte> frame, int offset) => 8 * (frame[offset + 1] + 1);
}

using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <content>
/// The packet that an ICMP error quotes, translated along with the connection that it belongs to: the inner addresses and ports,
/// the inner checksums as far as they were quoted, and the outer ICMP checksum that covers it all (RFC 5508 section 4.2).
/// The outer checksum must be a finished one; see <see cref="Checksum.Finish"/>.
/// </content>
public static partial class HeaderRewrite
{
    public static void SetEmbeddedSource(Span<byte> frame, in PacketHeaders outer, ref PacketHeaders inner, IpAddress address)
    {
        SetEmbeddedAddress(frame, in outer, in inner, inner.Source, address, inner.IsIpv4 ? 12 : 8);
        inner.Source = address;
    }

    public static void SetEmbeddedDestination(Span<byte> frame, in PacketHeaders outer, ref PacketHeaders inner, IpAddress address)
    {
        SetEmbeddedAddress(frame, in outer, in inner, inner.Destination, address, inner.IsIpv4 ? 16 : 24);
        inner.Destination = address;
    }

    public static void SetEmbeddedSourcePort(Span<byte> frame, in PacketHeaders outer, ref PacketHeaders inner, ushort port)
    {
        if (inner.HasPorts)
        {
            SetEmbeddedWord(frame, in outer, in inner, inner.L4Offset, port);
            inner.SourcePort = port;
        }
    }

    public static void SetEmbeddedDestinationPort(Span<byte> frame, in PacketHeaders outer, ref PacketHeaders inner, ushort port)
    {
        if (inner.HasPorts)
        {
            SetEmbeddedWord(frame, in outer, in inner, inner.L4Offset + 2, port);
            inner.DestinationPort = port;
        }
    }

    public static void SetEmbeddedIcmpId(Span<byte> frame, in PacketHeaders outer, ref PacketHeaders inner, ushort id)
    {
        if (inner.IsIcmpQuery)
        {
            SetEmbeddedWord(frame, in outer, in inner, inner.L4Offset + 4, id);
            inner.IcmpId = id;
        }
    }

    private static void SetEmbeddedAddress(
        Span<byte> frame, in PacketHeaders outer, in PacketHeaders inner, IpAddress old, IpAddress address, int offset)
    {
        WriteAddress(frame, in inner, address, offset);
        ushort difference = Checksum.Difference(old, address);
        ushort total = difference;
        if (inner.IsIpv4)
        {
            total = Checksum.Add(total, UpdateInnerChecksum(frame, inner.L3Offset + 10, difference, false));
        }

        // ICMP over IPv4 is the one transport here whose checksum leaves the addresses out.
        int field = inner.HasTransport ? IpProtocol.PseudoHeaderChecksumOffset(inner.Protocol) : -1;
        total = Checksum.Add(total, UpdateInnerTransport(frame, in inner, field, difference));
        ApplyAt(frame, outer.L4Offset + IcmpHeader.ChecksumOffset, total);
    }

    private static void SetEmbeddedWord(Span<byte> frame, in PacketHeaders outer, in PacketHeaders inner, int offset, ushort value)
    {
        Span<byte> word = frame.Slice(offset, 2);
        ushort difference = Checksum.Difference(BinaryPrimitives.ReadUInt16BigEndian(word), value);
        BinaryPrimitives.WriteUInt16BigEndian(word, value);
        int field = inner.Protocol == IpProtocol.Icmp
            ? IcmpHeader.ChecksumOffset
            : IpProtocol.PseudoHeaderChecksumOffset(inner.Protocol);
        ushort total = Checksum.Add(difference, UpdateInnerTransport(frame, in inner, field, difference));
        ApplyAt(frame, outer.L4Offset + IcmpHeader.ChecksumOffset, total);
    }

    /// <summary>Returns by how much the changed checksum itself changes the sum of the quotation.</summary>
    private static ushort UpdateInnerTransport(Span<byte> frame, in PacketHeaders inner, int field, ushort difference) =>
        field < 0 || inner.L4Offset + field + 2 > inner.End
            ? (ushort)0
            : UpdateInnerChecksum(frame, inner.L4Offset + field, difference, inner.Protocol == IpProtocol.Udp);

    private static ushort UpdateInnerChecksum(Span<byte> frame, int offset, ushort difference, bool udp)
    {
        Span<byte> field = frame.Slice(offset, 2);
        ushort old = BinaryPrimitives.ReadUInt16BigEndian(field);
        ushort value = udp ? Checksum.ApplyUdp(old, difference) : Checksum.Apply(old, difference);
        BinaryPrimitives.WriteUInt16BigEndian(field, value);
        return Checksum.Difference(old, value);
    }
}

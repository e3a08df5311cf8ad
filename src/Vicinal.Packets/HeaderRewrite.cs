using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>
/// Changes of a frame in place, with every checksum that they touch updated incrementally. The frame is the one that the headers
/// were parsed from, and the headers are kept true to it.
/// <para>
/// <c>partial</c> says that the frame has <see cref="Offload.NeedsChecksum"/>: its transport checksum field holds the pseudo-header's
/// sum and nothing else, so that addresses change it, uncomplemented, and ports do not.
/// </para>
/// </summary>
public static partial class HeaderRewrite
{
    public static void SetMacs(Span<byte> frame, ref PacketHeaders h, MacAddress destination, MacAddress source)
    {
        source.Write(frame[6..]);
        destination.Write(frame);
        h.DestinationMac = destination;
        h.SourceMac = source;
    }

    /// <summary>One less TTL or hop limit; the caller has seen that it is over 1.</summary>
    public static void DecrementTtl(Span<byte> frame, ref PacketHeaders h) => SetTtl(frame, ref h, (byte)(h.Ttl - 1));

    public static void SetTtl(Span<byte> frame, ref PacketHeaders h, byte ttl)
    {
        if (h.IsIpv6)
        {
            frame[h.L3Offset + 7] = ttl;
        }
        else
        {
            Span<byte> field = frame.Slice(h.L3Offset + 10, 2);
            ushort difference = Checksum.Difference((ushort)(h.Ttl << 8), (ushort)(ttl << 8));
            BinaryPrimitives.WriteUInt16BigEndian(field, Checksum.Apply(BinaryPrimitives.ReadUInt16BigEndian(field), difference));
            frame[h.L3Offset + 8] = ttl;
        }

        h.Ttl = ttl;
    }

    /// <summary>Sets the two ECN bits (RFC 3168), as a tunnel's egress does (RFC 6040).</summary>
    public static void SetTrafficClass(Span<byte> frame, ref PacketHeaders h, byte trafficClass)
    {
        Span<byte> word = frame.Slice(h.L3Offset, 2);
        ushort old = BinaryPrimitives.ReadUInt16BigEndian(word);
        if (h.IsIpv6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(word, (ushort)((old & 0xF00F) | (trafficClass << 4)));
        }
        else
        {
            word[1] = trafficClass;
            Span<byte> field = frame.Slice(h.L3Offset + 10, 2);
            ushort difference = Checksum.Difference(old, BinaryPrimitives.ReadUInt16BigEndian(word));
            BinaryPrimitives.WriteUInt16BigEndian(field, Checksum.Apply(BinaryPrimitives.ReadUInt16BigEndian(field), difference));
        }

        h.TrafficClass = trafficClass;
    }

    /// <summary>Of the packet's own family.</summary>
    public static void SetSource(Span<byte> frame, ref PacketHeaders h, IpAddress address, bool partial)
    {
        WriteAddress(frame, in h, address, h.IsIpv4 ? 12 : 8);
        FixForAddress(frame, in h, Checksum.Difference(h.Source, address), partial);
        h.Source = address;
    }

    /// <summary>Of the packet's own family.</summary>
    public static void SetDestination(Span<byte> frame, ref PacketHeaders h, IpAddress address, bool partial)
    {
        WriteAddress(frame, in h, address, h.IsIpv4 ? 16 : 24);
        FixForAddress(frame, in h, Checksum.Difference(h.Destination, address), partial);
        h.Destination = address;
    }

    /// <summary>For protocols with ports; of others, of later fragments, and of SCTP fragments nothing changes.</summary>
    public static void SetSourcePort(Span<byte> frame, ref PacketHeaders h, ushort port, bool partial)
    {
        if (CanSetPort(in h))
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[h.L4Offset..], port);
            FixForPort(frame, in h, Checksum.Difference(h.SourcePort, port), partial);
            h.SourcePort = port;
        }
    }

    /// <summary>For protocols with ports; of others, of later fragments, and of SCTP fragments nothing changes.</summary>
    public static void SetDestinationPort(Span<byte> frame, ref PacketHeaders h, ushort port, bool partial)
    {
        if (CanSetPort(in h))
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[(h.L4Offset + 2)..], port);
            FixForPort(frame, in h, Checksum.Difference(h.DestinationPort, port), partial);
            h.DestinationPort = port;
        }
    }

    /// <summary>The identifier of an ICMP query or reply; other messages do not change.</summary>
    public static void SetIcmpId(Span<byte> frame, ref PacketHeaders h, ushort id, bool partial)
    {
        if (h.IsIcmpQuery)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[(h.L4Offset + 4)..], id);
            if (!partial)
            {
                ApplyAt(frame, h.L4Offset + IcmpHeader.ChecksumOffset, Checksum.Difference(h.IcmpId, id));
            }

            h.IcmpId = id;
        }
    }

    /// <summary>The checksum of SCTP needs the whole packet, so that of a fragment cannot be made right again.</summary>
    private static bool CanSetPort(in PacketHeaders h) => h.HasPorts && (h.Protocol != IpProtocol.Sctp || !h.IsFragment);

    private static void WriteAddress(Span<byte> frame, in PacketHeaders h, IpAddress address, int offset)
    {
        Span<byte> target = frame[(h.L3Offset + offset)..];
        if (h.IsIpv4)
        {
            address.WriteIpv4(target);
        }
        else
        {
            address.WriteIpv6(target);
        }
    }

    private static void FixForAddress(Span<byte> frame, in PacketHeaders h, ushort difference, bool partial)
    {
        if (h.IsIpv4)
        {
            ApplyAt(frame, h.L3Offset + 10, difference);
        }

        int offset = h.HasTransport ? IpProtocol.PseudoHeaderChecksumOffset(h.Protocol) : -1;
        if (offset < 0)
        {
            return;
        }

        Span<byte> field = frame.Slice(h.L4Offset + offset, 2);
        ushort old = BinaryPrimitives.ReadUInt16BigEndian(field);
        ushort value = partial ? Checksum.ApplyPartial(old, difference)
            : h.Protocol == IpProtocol.Udp ? Checksum.ApplyUdp(old, difference)
            : Checksum.Apply(old, difference);
        BinaryPrimitives.WriteUInt16BigEndian(field, value);
    }

    private static void FixForPort(Span<byte> frame, in PacketHeaders h, ushort difference, bool partial)
    {
        if (h.Protocol == IpProtocol.Sctp)
        {
            SctpChecksum.Write(frame[h.L4Offset..h.End]);
            return;
        }

        int offset = IpProtocol.PseudoHeaderChecksumOffset(h.Protocol);
        if (offset < 0 || partial)
        {
            return;
        }

        Span<byte> field = frame.Slice(h.L4Offset + offset, 2);
        ushort old = BinaryPrimitives.ReadUInt16BigEndian(field);
        ushort value = h.Protocol == IpProtocol.Udp ? Checksum.ApplyUdp(old, difference) : Checksum.Apply(old, difference);
        BinaryPrimitives.WriteUInt16BigEndian(field, value);
    }

    private static void ApplyAt(Span<byte> frame, int offset, ushort difference)
    {
        Span<byte> field = frame.Slice(offset, 2);
        BinaryPrimitives.WriteUInt16BigEndian(field, Checksum.Apply(BinaryPrimitives.ReadUInt16BigEndian(field), difference));
    }
}

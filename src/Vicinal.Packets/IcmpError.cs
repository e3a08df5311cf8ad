namespace Vicinal.Packets;

/// <summary>What went wrong, in the terms of both families.</summary>
public enum IcmpErrorKind : byte
{
    NoRoute,
    HostUnreachable,
    ProtocolUnreachable,
    PortUnreachable,
    AdministrativelyProhibited,

    /// <summary>Fragmentation needed (RFC 1191) or packet too big.</summary>
    PacketTooBig,
    TtlExceeded,
    ReassemblyTimeExceeded,
}

/// <summary>Builds the ICMP errors that a router or a filter sends (RFC 1812 section 4.3, RFC 4443 section 2.4).</summary>
public static class IcmpError
{
    /// <summary>RFC 1812 section 4.3.2.3: as much as fits 576 bytes.</summary>
    private const int MaxIpv4Packet = 576;

    /// <summary>RFC 4443 section 2.4 (c): as much as fits the minimum MTU.</summary>
    private const int MaxIpv6Packet = 1280;

    /// <summary>RFC 1812 section 4.3.2.5: errors go with precedence 6, internetwork control.</summary>
    private const byte Precedence = 0xC0;

    /// <summary>
    /// Writes the error about a packet, addressed to its sender, untagged and with no offload pending. False when none may be sent.
    /// </summary>
    /// <param name="frame">The packet as its sender sent it, so far as the answerer can still tell.</param>
    /// <param name="source">The address that reports, of the packet's family.</param>
    /// <param name="sourceMac">The MAC that reports.</param>
    /// <param name="mtu">For <see cref="IcmpErrorKind.PacketTooBig"/> the largest L3 length that would have passed, else 0.</param>
    public static bool TryBuild(
        IcmpErrorKind kind, ReadOnlySpan<byte> frame, in PacketHeaders h, IpAddress source, MacAddress sourceMac, int mtu, PacketBuffer answer)
    {
        if (!MayBeSentAbout(kind, in h) || source.IsIpv4 != h.IsIpv4 || h.End > frame.Length)
        {
            return false;
        }

        int ipHeader = h.IsIpv4 ? Ipv4Header.Size : Ipv6Header.Size;
        int room = (h.IsIpv4 ? MaxIpv4Packet : MaxIpv6Packet) - ipHeader - IcmpHeader.Size;
        ReadOnlySpan<byte> quote = frame.Slice(h.L3Offset, Math.Min(h.L3Length, room));
        int l4 = EthernetHeader.Size + ipHeader;
        int length = l4 + IcmpHeader.Size + quote.Length;
        if (length > answer.Room.Length)
        {
            return false;
        }

        answer.Reset(length);
        Span<byte> bytes = answer.Span;
        quote.CopyTo(bytes[(l4 + IcmpHeader.Size)..]);
        uint rest = kind == IcmpErrorKind.PacketTooBig ? (uint)(h.IsIpv4 ? Math.Min(mtu, ushort.MaxValue) : mtu) : PointerOf(kind, in h);
        (byte type, byte code) = h.IsIpv4 ? Ipv4Code(kind) : Ipv6Code(kind);
        new IcmpHeader(type, code, 0, rest).Write(bytes[l4..]);
        new EthernetHeader(h.SourceMac, sourceMac, h.IsIpv4 ? EtherType.Ipv4 : EtherType.Ipv6).Write(bytes);
        WriteIp(bytes[EthernetHeader.Size..], h.IsIpv4, source, h.Source, bytes.Length - l4);
        WriteChecksum(bytes[l4..], h.IsIpv4 ? 0 : Checksum.PseudoHeader(source, h.Source, IpProtocol.Icmpv6, bytes.Length - l4));
        return true;
    }

    /// <summary>
    /// RFC 1122 section 3.2.2 and RFC 4443 section 2.4 (e): never about an error or a redirect, a group or broadcast (but too-big for
    /// IPv6 groups), a later fragment, or to a sender that is no single host.
    /// </summary>
    public static bool MayBeSentAbout(IcmpErrorKind kind, in PacketHeaders h)
    {
        if (!h.IsIp || h.IsLaterFragment || h.IsIcmpError || (h.IsIpv6 && h.IsIcmp && h.IcmpType == Icmpv6Type.Redirect))
        {
            return false;
        }

        bool senderIsOneHost = !h.Source.IsUnspecified && !h.Source.IsMulticast && !h.Source.IsLoopback
            && !(h.IsIpv4 && h.Source.Ipv4Value >> 28 == 0xF);
        bool toGroup = h.Destination.IsMulticast || h.Destination.IsLimitedBroadcast || h.DestinationMac.IsMulticast;
        return senderIsOneHost && (!toGroup || (h.IsIpv6 && kind == IcmpErrorKind.PacketTooBig));
    }

    private static (byte Type, byte Code) Ipv4Code(IcmpErrorKind kind) => kind switch
    {
        IcmpErrorKind.NoRoute => (Icmpv4Type.DestinationUnreachable, 0),
        IcmpErrorKind.HostUnreachable => (Icmpv4Type.DestinationUnreachable, 1),
        IcmpErrorKind.ProtocolUnreachable => (Icmpv4Type.DestinationUnreachable, 2),
        IcmpErrorKind.PortUnreachable => (Icmpv4Type.DestinationUnreachable, 3),
        IcmpErrorKind.PacketTooBig => (Icmpv4Type.DestinationUnreachable, 4),
        IcmpErrorKind.TtlExceeded => (Icmpv4Type.TimeExceeded, 0),
        IcmpErrorKind.ReassemblyTimeExceeded => (Icmpv4Type.TimeExceeded, 1),
        _ => (Icmpv4Type.DestinationUnreachable, 13),
    };

    private static (byte Type, byte Code) Ipv6Code(IcmpErrorKind kind) => kind switch
    {
        IcmpErrorKind.NoRoute => (Icmpv6Type.DestinationUnreachable, 0),
        IcmpErrorKind.HostUnreachable => (Icmpv6Type.DestinationUnreachable, 3),
        IcmpErrorKind.ProtocolUnreachable => (Icmpv6Type.ParameterProblem, 1),
        IcmpErrorKind.PortUnreachable => (Icmpv6Type.DestinationUnreachable, 4),
        IcmpErrorKind.PacketTooBig => (Icmpv6Type.PacketTooBig, 0),
        IcmpErrorKind.TtlExceeded => (Icmpv6Type.TimeExceeded, 0),
        IcmpErrorKind.ReassemblyTimeExceeded => (Icmpv6Type.TimeExceeded, 1),
        _ => (Icmpv6Type.DestinationUnreachable, 1),
    };

    /// <summary>RFC 4443 section 3.4: the pointer shows the next-header field that was not understood.</summary>
    private static uint PointerOf(IcmpErrorKind kind, in PacketHeaders h) =>
        kind == IcmpErrorKind.ProtocolUnreachable && h.IsIpv6 && !h.HasOptions ? 6u : 0u;

    private static void WriteIp(Span<byte> ip, bool v4, IpAddress source, IpAddress destination, int payload)
    {
        if (v4)
        {
            new Ipv4Header
            {
                TrafficClass = Precedence,
                TotalLength = (ushort)(Ipv4Header.Size + payload),
                DontFragment = true,
                Ttl = PacketBuilder.DefaultTtl,
                Protocol = IpProtocol.Icmp,
                Source = source,
                Destination = destination,
            }.Write(ip);
            return;
        }

        new Ipv6Header
        {
            PayloadLength = (ushort)payload,
            NextHeader = IpProtocol.Icmpv6,
            HopLimit = PacketBuilder.DefaultTtl,
            Source = source,
            Destination = destination,
        }.Write(ip);
    }

    private static void WriteChecksum(Span<byte> icmp, uint pseudoHeader) =>
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(
            icmp[IcmpHeader.ChecksumOffset..], Checksum.Complement(pseudoHeader + Checksum.Sum(icmp)));
}

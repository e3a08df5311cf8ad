using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>Neighbor Advertisement (RFC 4861 section 4.4).</summary>
public readonly record struct NeighborAdvertisement(
    IpAddress Target, bool Router, bool Solicited, bool Override, MacAddress? TargetLinkLayer)
{
    /// <summary>Without options.</summary>
    public const int BaseSize = 24;

    private const uint RouterFlag = 0x8000_0000;
    private const uint SolicitedFlag = 0x4000_0000;
    private const uint OverrideFlag = 0x2000_0000;

    public int Size => BaseSize + (TargetLinkLayer is null ? 0 : NeighborOptions.LinkLayerSize);

    /// <summary>
    /// Reads and checks the message as RFC 4861 section 7.1.2 demands, hop limit included, all but the checksum.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketHeaders h, out NeighborAdvertisement message)
    {
        message = default;
        if (!NeighborMessage.IsValid(frame, in h, Icmpv6Type.NeighborAdvertisement, BaseSize))
        {
            return false;
        }

        ReadOnlySpan<byte> icmp = frame[h.L4Offset..h.End];
        uint flags = BinaryPrimitives.ReadUInt32BigEndian(icmp[4..]);
        IpAddress target = IpAddress.ReadIpv6(icmp[8..]);
        bool solicitedToGroup = h.Destination.IsMulticast && (flags & SolicitedFlag) != 0;
        if (solicitedToGroup || !NeighborMessage.IsTarget(target)
            || !NeighborOptions.TryFindLinkLayer(icmp[BaseSize..], NeighborOptions.TargetLinkLayer, out MacAddress? mac))
        {
            return false;
        }

        message = new NeighborAdvertisement(
            target, (flags & RouterFlag) != 0, (flags & SolicitedFlag) != 0, (flags & OverrideFlag) != 0, mac);
        return true;
    }

    /// <summary>Writes <see cref="Size"/> bytes of ICMPv6 with a zero checksum.</summary>
    public void Write(Span<byte> target)
    {
        if (TargetLinkLayer is MacAddress mac)
        {
            NeighborOptions.WriteLinkLayer(target[BaseSize..], NeighborOptions.TargetLinkLayer, mac);
        }

        Target.WriteIpv6(target[8..]);
        uint flags = (Router ? RouterFlag : 0) | (Solicited ? SolicitedFlag : 0) | (Override ? OverrideFlag : 0);
        BinaryPrimitives.WriteUInt64BigEndian(target, ((ulong)Icmpv6Type.NeighborAdvertisement << 56) | flags);
    }
}

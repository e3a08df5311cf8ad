using System.Buffers.Binary;

namespace Vicinal.Packets;

/// <summary>Neighbor Solicitation (RFC 4861 section 4.3).</summary>
/// <param name="SourceLinkLayer">Absent from the probe of duplicate address detection.</param>
public readonly record struct NeighborSolicitation(IpAddress Target, MacAddress? SourceLinkLayer)
{
    /// <summary>Without options.</summary>
    public const int BaseSize = 24;

    public int Size => BaseSize + (SourceLinkLayer is null ? 0 : NeighborOptions.LinkLayerSize);

    /// <summary>
    /// Reads and checks the message as RFC 4861 section 7.1.1 demands, hop limit included, all but the checksum.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketHeaders h, out NeighborSolicitation message)
    {
        message = default;
        if (!NeighborMessage.IsValid(frame, in h, Icmpv6Type.NeighborSolicitation, BaseSize))
        {
            return false;
        }

        ReadOnlySpan<byte> icmp = frame[h.L4Offset..h.End];
        IpAddress target = IpAddress.ReadIpv6(icmp[8..]);
        if (!NeighborMessage.IsTarget(target)
            || !NeighborOptions.TryFindLinkLayer(icmp[BaseSize..], NeighborOptions.SourceLinkLayer, out MacAddress? mac))
        {
            return false;
        }

        // Duplicate address detection goes to the solicited-node group, and has no link-layer address to tell.
        if (h.Source.IsUnspecified && (mac is not null || h.Destination != target.SolicitedNodeMulticast()))
        {
            return false;
        }

        message = new NeighborSolicitation(target, mac);
        return true;
    }

    /// <summary>Writes <see cref="Size"/> bytes of ICMPv6 with a zero checksum.</summary>
    public void Write(Span<byte> target)
    {
        if (SourceLinkLayer is MacAddress mac)
        {
            NeighborOptions.WriteLinkLayer(target[BaseSize..], NeighborOptions.SourceLinkLayer, mac);
        }

        Target.WriteIpv6(target[8..]);
        BinaryPrimitives.WriteUInt64BigEndian(target, (ulong)Icmpv6Type.NeighborSolicitation << 56);
    }
}

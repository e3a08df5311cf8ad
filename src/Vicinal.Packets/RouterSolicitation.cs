namespace Vicinal.Packets;

/// <summary>Router Solicitation (RFC 4861 section 4.1).</summary>
public readonly record struct RouterSolicitation(MacAddress? SourceLinkLayer)
{
    /// <summary>Without options.</summary>
    public const int BaseSize = 8;

    public int Size => BaseSize + (SourceLinkLayer is null ? 0 : NeighborOptions.LinkLayerSize);

    /// <summary>Reads and checks the message as RFC 4861 section 6.1.1 demands, hop limit included, all but the checksum.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, in PacketHeaders h, out RouterSolicitation message)
    {
        message = default;
        if (!NeighborMessage.IsValid(frame, in h, Icmpv6Type.RouterSolicitation, BaseSize)
            || !NeighborOptions.TryFindLinkLayer(frame[(h.L4Offset + BaseSize)..h.End], NeighborOptions.SourceLinkLayer, out MacAddress? mac)
            || (h.Source.IsUnspecified && mac is not null))
        {
            return false;
        }

        message = new RouterSolicitation(mac);
        return true;
    }

    /// <summary>Writes <see cref="Size"/> bytes of ICMPv6 with a zero checksum.</summary>
    public void Write(Span<byte> target)
    {
        if (SourceLinkLayer is MacAddress mac)
        {
            NeighborOptions.WriteLinkLayer(target[BaseSize..], NeighborOptions.SourceLinkLayer, mac);
        }

        target[..BaseSize].Clear();
        target[0] = Icmpv6Type.RouterSolicitation;
    }
}

using Vicinal.Packets;

namespace Vicinal.Datapath.Pipeline;

/// <summary>
/// An ICMP error is translated with the packet that it quotes (RFC 5508 section 4): the quotation travelled the other way, so
/// where the error's source changes, the quotation's destination does.
/// </summary>
internal static class EmbeddedNat
{
    /// <param name="source">The error's new source.</param>
    /// <param name="old">The quotation's destination, where it is this one, becomes <paramref name="address"/>.</param>
    /// <param name="port">The port or ICMP identifier that goes with it; null leaves it.</param>
    public static void Source(Walk w, IpAddress source, IpAddress old, IpAddress address, ushort? port)
    {
        w.Materialize();
        Span<byte> frame = w.Packet.Span;
        HeaderRewrite.SetSource(frame, ref w.H, source, false);
        if (PacketHeaders.TryParseEmbedded(frame, in w.H, out PacketHeaders inner) && inner.Destination == old)
        {
            HeaderRewrite.SetEmbeddedDestination(frame, in w.H, ref inner, address);
            if (port is { } value)
            {
                HeaderRewrite.SetEmbeddedDestinationPort(frame, in w.H, ref inner, value);
                HeaderRewrite.SetEmbeddedIcmpId(frame, in w.H, ref inner, value);
            }
        }

        w.In = w.H;
    }

    /// <param name="destination">The error's new destination.</param>
    /// <param name="old">The quotation's source, where it is this one, becomes <paramref name="address"/>.</param>
    public static void Destination(Walk w, IpAddress destination, IpAddress old, IpAddress address, ushort? port)
    {
        w.Materialize();
        Span<byte> frame = w.Packet.Span;
        HeaderRewrite.SetDestination(frame, ref w.H, destination, false);
        if (PacketHeaders.TryParseEmbedded(frame, in w.H, out PacketHeaders inner) && inner.Source == old)
        {
            HeaderRewrite.SetEmbeddedSource(frame, in w.H, ref inner, address);
            if (port is { } value)
            {
                HeaderRewrite.SetEmbeddedSourcePort(frame, in w.H, ref inner, value);
                HeaderRewrite.SetEmbeddedIcmpId(frame, in w.H, ref inner, value);
            }
        }

        w.In = w.H;
    }
}

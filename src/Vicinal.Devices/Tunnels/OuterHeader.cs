using Vicinal.Packets;

namespace Vicinal.Devices.Tunnels;

/// <summary>The IP header around a GRE packet, as far as the receiver asks. Pure.</summary>
internal readonly record struct OuterHeader(IpAddress Source, byte Tos)
{
    /// <summary>
    /// Takes the header off, and what the link put in front of and behind the packet; the offload offsets move along. The host's stack has not seen the packet yet, so its
    /// checksum is judged here. False for fragments, which nodes never send, and for IPv6 extension headers.
    /// </summary>
    /// <param name="start">Where the IP header begins.</param>
    public static bool TryPull(PacketBuffer packet, int start, out OuterHeader outer)
    {
        outer = default;
        if (start > packet.Length)
        {
            return false;
        }

        packet.Pull(start);
        int header;
        int end;
        if (Ipv4Header.TryRead(packet.Span, out Ipv4Header v4))
        {
            if (v4.Protocol != IpProtocol.Gre || v4.MoreFragments || v4.FragmentOffset != 0 || Checksum.Compute(packet.Span[..v4.HeaderLength]) != 0)
            {
                return false;
            }

            (header, end) = (v4.HeaderLength, v4.TotalLength);
            outer = new OuterHeader(v4.Source, v4.TrafficClass);
        }
        else if (Ipv6Header.TryRead(packet.Span, out Ipv6Header v6) && v6.NextHeader == IpProtocol.Gre)
        {
            (header, end) = (Ipv6Header.Size, Ipv6Header.Size + v6.PayloadLength);
            outer = new OuterHeader(v6.Source, v6.TrafficClass);
        }
        else
        {
            return false;
        }

        packet.SetLength(end);
        packet.Pull(header);
        return TryMoveOffload(ref packet.Offload, start + header, packet.Length);
    }

    /// <summary>Of the outer packet no checksum is open, as it has none; what the NIC vouched for may have been that, so it is judged anew.</summary>
    private static bool TryMoveOffload(ref Offload offload, int header, int length)
    {
        offload.ChecksumValid = false;
        offload.HeaderLength = (ushort)Math.Max(0, offload.HeaderLength - header);
        if (!offload.NeedsChecksum)
        {
            return true;
        }

        offload.ChecksumStart = (ushort)(offload.ChecksumStart - header);
        return offload.ChecksumStart + offload.ChecksumOffset + 2 <= length;
    }
}

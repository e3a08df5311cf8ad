using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vicinal.Packets;

public partial struct PacketHeaders
{
    /// <summary>
    /// Parses a whole frame in one pass and checks all that a router has to check of its headers (RFC 1812 section 5.2.2), the
    /// IPv4 header checksum included, transport checksums not. GSO super-packets are ordinary here.
    /// On failure <paramref name="headers"/> holds what had been read up to then, good for naming the sender of what is dropped.
    /// </summary>
    [SkipLocalsInit]
    public static ParseResult Parse(ReadOnlySpan<byte> frame, out PacketHeaders headers)
    {
        headers = default;
        if (frame.Length < EthernetHeader.Size)
        {
            return ParseResult.ShortEthernet;
        }

        ref byte start = ref MemoryMarshal.GetReference(frame);
        headers.DestinationMac = new MacAddress(WireOrder.U64(ref start, 0) >> 16);
        ulong sourceAndType = WireOrder.U64(ref start, 6);
        headers.SourceMac = new MacAddress(sourceAndType >> 16);
        ushort etherType = (ushort)sourceAndType;
        int l3 = EthernetHeader.Size;
        if (etherType == Packets.EtherType.Vlan)
        {
            if (frame.Length < EthernetHeader.Size + VlanTag.Size)
            {
                return ParseResult.ShortEthernet;
            }

            headers.VlanTci = WireOrder.U16(ref start, 14);
            headers.Flags = HeaderFlags.Vlan;
            etherType = WireOrder.U16(ref start, 16);
            l3 += VlanTag.Size;
        }

        headers.EtherType = etherType;
        headers.L3Offset = (ushort)l3;
        headers.L4Offset = (ushort)l3;
        headers.PayloadOffset = (ushort)l3;
        headers.L3Length = frame.Length - l3;
        if (headers.SourceMac.IsMulticast)
        {
            return ParseResult.GroupSourceMac;
        }

        if (etherType == Packets.EtherType.Ipv4)
        {
            return ParseIpv4(ref start, l3, frame.Length - l3, ref headers);
        }

        return etherType switch
        {
            Packets.EtherType.Ipv6 => ParseIpv6(ref start, l3, frame.Length - l3, ref headers),
            Packets.EtherType.Arp => ParseArp(frame[l3..], ref headers),
            _ => ParseResult.Ok,
        };
    }

    private static ParseResult ParseArp(ReadOnlySpan<byte> bytes, ref PacketHeaders headers)
    {
        if (!ArpMessage.TryRead(bytes, out ArpMessage arp))
        {
            return ParseResult.BadArp;
        }

        headers.L3 = L3Kind.Arp;
        headers.L3Length = ArpMessage.Size;
        headers.L4Offset = headers.PayloadOffset = (ushort)(headers.L3Offset + ArpMessage.Size);
        headers.ArpOperation = arp.Operation;
        headers.ArpSenderMac = arp.SenderMac;
        headers.ArpTargetMac = arp.TargetMac;
        headers.Source = arp.SenderAddress;
        headers.Destination = arp.TargetAddress;
        return ParseResult.Ok;
    }
}

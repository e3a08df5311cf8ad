using System.Buffers.Binary;
using Vicinal.Packets;

namespace Vicinal.Datapath.Flows;

/// <summary>The smallest sound packet that a flow key stands for: of TCP an acknowledgment, since flows hold no other turn of a connection.</summary>
internal static class FlowProbe
{
    /// <summary>Of an Ethernet frame, without its check sequence.</summary>
    private const int ShortestFrame = 60;

    /// <summary>Enough for the fixed header of each transport that has ports.</summary>
    private const int OtherTransport = 16;

    /// <summary>Writes the packet into the buffer. False for a key that no packet has.</summary>
    public static bool TryBuild(in FlowKey key, PacketBuffer packet, out PacketHeaders headers)
    {
        if (key.EtherType is not (EtherType.Ipv4 or EtherType.Ipv6) || key.Source.IsIpv4 != key.Destination.IsIpv4)
        {
            _ = Begin(in key, packet, ShortestFrame - EthernetHeader.Size);
        }
        else
        {
            WriteIp(in key, packet);
        }

        if ((key.Vlan & FlowKey.VlanPresent) != 0)
        {
            new VlanTag(0, false, (ushort)(key.Vlan & 0xFFF)).Push(packet);
        }

        if (PacketHeaders.Parse(packet.Span, out headers) != ParseResult.Ok
            || !FlowKey.TryFrom(in headers, key.Input, out FlowKey made) || !made.Matches(in key))
        {
            return false;
        }

        _ = Checksum.WriteTransport(packet.Span, in headers);
        return true;
    }

    /// <returns>What is behind the Ethernet header, all zero.</returns>
    private static Span<byte> Begin(in FlowKey key, PacketBuffer packet, int length)
    {
        packet.Reset(EthernetHeader.Size + length);
        packet.Span.Clear();
        new EthernetHeader(key.DestinationMac.Value, key.SourceMac.Value, key.EtherType).Write(packet.Span);
        return packet.Span[EthernetHeader.Size..];
    }

    private static void WriteIp(in FlowKey key, PacketBuffer packet)
    {
        bool icmp = key.Protocol == (key.Source.IsIpv4 ? IpProtocol.Icmp : IpProtocol.Icmpv6);
        int length = key.Protocol switch
        {
            IpProtocol.Tcp => TcpHeader.Size,
            IpProtocol.Udp => UdpHeader.Size,
            _ => icmp ? IcmpHeader.Size : OtherTransport,
        };
        int header = key.Source.IsIpv4 ? Ipv4Header.Size : Ipv6Header.Size;
        Span<byte> l3 = Begin(in key, packet, header + length);
        WriteNetworkLayer(in key, l3, length);
        WriteTransport(in key, icmp, l3[header..]);
    }

    private static void WriteNetworkLayer(in FlowKey key, Span<byte> l3, int length)
    {
        if (key.Source.IsIpv4)
        {
            new Ipv4Header
            {
                TotalLength = (ushort)(Ipv4Header.Size + length),
                Ttl = PacketBuilder.DefaultTtl,
                Protocol = key.Protocol,
                Source = key.Source,
                Destination = key.Destination,
            }.Write(l3);
        }
        else
        {
            new Ipv6Header
            {
                PayloadLength = (ushort)length,
                NextHeader = key.Protocol,
                HopLimit = PacketBuilder.DefaultTtl,
                Source = key.Source,
                Destination = key.Destination,
            }.Write(l3);
        }
    }

    private static void WriteTransport(in FlowKey key, bool icmp, Span<byte> l4)
    {
        if (icmp)
        {
            new IcmpHeader((byte)(key.DestinationPort >> 8), (byte)key.DestinationPort, 0, (uint)key.SourcePort << 16).Write(l4);
        }
        else if (key.Protocol == IpProtocol.Tcp)
        {
            new TcpHeader
            {
                SourcePort = key.SourcePort,
                DestinationPort = key.DestinationPort,
                HeaderLength = TcpHeader.Size,
                Flags = TcpFlags.Ack,
                Window = ushort.MaxValue,
            }.Write(l4);
        }
        else if (key.Protocol == IpProtocol.Udp)
        {
            new UdpHeader(key.SourcePort, key.DestinationPort, UdpHeader.Size, 0).Write(l4);
        }
        else if (IpProtocol.HasPorts(key.Protocol))
        {
            BinaryPrimitives.WriteUInt16BigEndian(l4, key.SourcePort);
            BinaryPrimitives.WriteUInt16BigEndian(l4[2..], key.DestinationPort);
        }
    }
}
